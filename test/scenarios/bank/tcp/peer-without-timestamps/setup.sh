echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
far
ip netns exec far sh -c "echo 0 > /proc/sys/net/ipv4/tcp_timestamps"
to_far 95 5
