echo "40000 40199" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
held late 10.9.0.2 10.9.0.2 240 6379 6380 6381 >/dev/null 2>/run/held.err &
