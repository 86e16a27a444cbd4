echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
time_waits 10.9.0.2 6379 100 0.01
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
