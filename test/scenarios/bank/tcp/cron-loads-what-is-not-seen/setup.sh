echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
mkdir -p /etc/sysctl.d /etc/cron.d /opt/site
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
echo 'net.ipv4.tcp_tw_reuse = 0' > /opt/site/limits.conf
printf 'LIMITS=/opt/site/limits.conf\n@reboot root sysctl -p $LIMITS\n' > /etc/cron.d/tune
