haproxy -W -f /etc/haproxy/haproxy.cfg -S /run/haproxy-master.sock < /dev/null > /run/haproxy.log 2>&1 &
serves 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14 10.0.9.15
! { for n in 1 2 3 4 5 6 7 8; do curl -fs http://127.0.0.1/ || exit 1; done; } | grep -q '^10.0.9.14$'
