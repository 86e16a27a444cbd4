echo "1024 65000" > /proc/sys/net/ipv4/ip_local_port_range
echo 'net.ipv4.ip_local_port_range = 1024 65000' > /etc/sysctl.d/50-range.conf
