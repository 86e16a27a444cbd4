echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
mkdir -p /etc/sysctl.d /opt/site
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
echo 'net.ipv4.tcp_tw_reuse = 0' > /opt/site/limits.conf
printf '#!/bin/sh\nfor f in /opt/site/*.conf; do sysctl -q -p $f; done\n' > /etc/rc.local
chmod 755 /etc/rc.local
