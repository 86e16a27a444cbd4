echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
mkdir -p /etc/cron.hourly
printf '#!/bin/sh\nsysctl -q -w net.ipv4.tcp_tw_reuse=0\n' > /etc/cron.hourly/tune
chmod 644 /etc/cron.hourly/tune
