echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
far
to_far 45 50
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
