echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
ip addr add 10.9.0.3/24 dev lo
held first 10.9.0.2 10.9.0.2 30 6379 6380 6381 >/dev/null 2>/run/held.err &
mark=/run/held2
held first 10.9.0.3 10.9.0.2 92 7379 7380 7381 7382 >/dev/null 2>/run/held.err &
