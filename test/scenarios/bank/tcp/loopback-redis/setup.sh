echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
time_waits 127.0.0.1 6379 96
