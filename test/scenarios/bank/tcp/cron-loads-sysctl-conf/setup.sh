echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
mkdir -p /etc/sysctl.d /etc/cron.d
rm -f /etc/sysctl.d/99-sysctl.conf
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
echo 'net.ipv4.tcp_tw_reuse = 0' > /etc/sysctl.conf
echo '@reboot root sleep 10 && /sbin/sysctl -q -p >/dev/null 2>&1' > /etc/cron.d/tune
