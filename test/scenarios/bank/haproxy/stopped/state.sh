! pgrep -x haproxy > /dev/null && test -f /etc/haproxy/haproxy.cfg
