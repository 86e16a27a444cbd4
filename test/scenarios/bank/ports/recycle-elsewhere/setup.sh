printf '# net.ipv4.tcp_tw_recycle = 1\nnet.ipv4.ip_forward = 0\n' > /etc/sysctl.conf
echo 'net.ipv4.tcp_tw_recycle = 0' > /etc/sysctl.d/20-old.conf
