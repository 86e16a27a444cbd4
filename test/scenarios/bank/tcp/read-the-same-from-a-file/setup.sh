echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
mkdir -p /opt/shop /etc/cron.d /etc/cron.hourly
printf 'net.ipv4.tcp_fin_timeout = 30\nnet.ipv4.tcp_tw_reuse = 1\n' > /opt/shop/tuning.conf
printf 'net.ipv4.tcp_tw_reuse = 0\n' > /opt/shop/unused.conf
echo '@reboot root /sbin/sysctl -q -p /opt/shop/tuning.conf > /dev/null 2>&1' > /etc/cron.d/shop
printf '#!/bin/sh\n# sysctl -p /opt/shop/unused.conf\nsysctl -p /etc/sysctl.d/*.conf\nsysctl -p\n' > /etc/cron.hourly/again
chmod 755 /etc/cron.hourly/again
