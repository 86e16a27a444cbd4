printf '# tuned in 2014\nnet.ipv4.ip_forward = 0\n  net.ipv4.tcp_tw_recycle = 1\nnet/ipv4/tcp_tw_recycle=1' > /etc/sysctl.conf
chmod 640 /etc/sysctl.conf
chown 1000:1000 /etc/sysctl.conf
