echo "40000 40199" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
mkdir -p /etc/haproxy
printf 'backend shop\n  source 10.9.0.2\n  server a 10.9.0.2:6379\n' > /etc/haproxy/haproxy.cfg
held late 10.9.0.2 10.9.0.2 240 6379 6380 6381 >/dev/null 2>/run/held.err &
