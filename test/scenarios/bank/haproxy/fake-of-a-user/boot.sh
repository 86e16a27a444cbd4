haproxy -W -f /etc/haproxy/haproxy.cfg -S /run/haproxy-master.sock < /dev/null > /run/haproxy.log 2>&1 &
serves 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14
