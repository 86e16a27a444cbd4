echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
echo 12.12 > /etc/debian_version
mkdir -p /etc/cron.hourly
printf '#!/bin/sh\nsysctl -q -w net.ipv4.tcp_tw_reuse=0\n' > /etc/cron.hourly/tune.sh
chmod 755 /etc/cron.hourly/tune.sh
