echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
mkdir -p /etc/sysctl.d /etc/cron.d
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
echo 'net.ipv4.ip_forward = 0' > /etc/sysctl.conf
echo 'net.ipv4.tcp_tw_reuse = 0' > /etc/tuning.conf
echo '@reboot root sysctl -p /etc/*.conf' > /etc/cron.d/tune
