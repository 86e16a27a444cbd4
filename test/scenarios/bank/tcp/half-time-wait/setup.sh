echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
far
to_far 45 47
