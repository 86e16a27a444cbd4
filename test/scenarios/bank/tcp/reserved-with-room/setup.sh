echo "40000 40199" > /proc/sys/net/ipv4/ip_local_port_range
echo 40100-40199 > /proc/sys/net/ipv4/ip_local_reserved_ports
ip addr add 10.9.0.2/24 dev lo
time_waits 10.9.0.2 6379 40
