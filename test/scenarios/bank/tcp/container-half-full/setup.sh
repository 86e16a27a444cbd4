ip netns add shop
ip netns exec shop ip link set lo up
ip netns exec shop sh <<'IN'
echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
sleep 600 >/dev/null 2>&1 &
IN
inside='ip netns exec shop' time_waits 10.9.0.2 6379 40
