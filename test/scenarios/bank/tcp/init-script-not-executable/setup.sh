echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
mkdir -p /etc/init.d
printf '#!/bin/sh\nsysctl -q -w net.ipv4.tcp_tw_reuse=0\n' > /etc/init.d/tune
chmod 644 /etc/init.d/tune
