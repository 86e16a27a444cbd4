ip netns add shop
ip netns exec shop ip link set lo up
ip netns exec shop sh <<'IN'
echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
IN
inside='ip netns exec shop' held late 10.9.0.2 10.9.0.2 96 6379 6380 6381 6382 >/dev/null 2>/run/held.err &
