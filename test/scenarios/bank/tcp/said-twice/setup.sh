echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
mkdir -p /etc/sysctl.d
echo 'net.ipv4.tcp_tw_reuse = 2' > /etc/sysctl.d/10-vendor.conf
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/99-zz-reuse.conf
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.conf
