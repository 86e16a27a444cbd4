echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse
time_waits 127.0.0.1 6379 96 0.01
echo 2 > /proc/sys/net/ipv4/tcp_tw_reuse
