echo "40000 40499" > /proc/sys/net/ipv4/ip_local_port_range
echo 40200-40379 > /proc/sys/net/ipv4/ip_local_reserved_ports
passive_ftp 40200
