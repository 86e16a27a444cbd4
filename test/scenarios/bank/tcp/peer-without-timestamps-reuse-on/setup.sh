echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
far
ip netns exec far sh -c "echo 0 > /proc/sys/net/ipv4/tcp_timestamps"
to_far 95 5
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
