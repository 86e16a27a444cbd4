echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
printf 'net.ipv4.ip_forward = 0\nnet.ipv4.tcp_tw_reuse = 2\n' > /etc/sysctl.conf
chmod 640 /etc/sysctl.conf
