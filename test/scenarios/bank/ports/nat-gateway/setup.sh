echo "40000 40199" > /proc/sys/net/ipv4/ip_local_port_range
abroad 198.51.100.7
held_abroad 198.51.100.7 100
