echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
mkdir -p /etc/sysctl.d /etc/systemd/system/multi-user.target.wants /opt/site
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
echo 'net.ipv4.tcp_tw_reuse = 0' > /opt/site/limits.conf
printf '[Service]\nType=oneshot\nExecStart=/sbin/sysctl -p /opt/site/limits.conf\n' > /etc/systemd/system/tune.service
ln -s ../tune.service /etc/systemd/system/multi-user.target.wants/tune.service
