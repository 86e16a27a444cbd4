echo "40000 40399" > /proc/sys/net/ipv4/ip_local_port_range
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
far
to_far 375 5
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
