! haproxy -c -f /etc/haproxy/haproxy.cfg > /run/said 2>&1 || exit 1
grep -q "ALERT.*hunter2-of-the-shop" /run/said
