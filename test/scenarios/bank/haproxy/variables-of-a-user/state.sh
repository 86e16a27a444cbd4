test -S /run/user/haproxy.sock && test ! -e /run/root-ran-it
