mkdir -p /etc/sysctl.d
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/60-reuse.conf
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
printf '#!/bin/sh\nif [ -e /nonexistent ]; then\nexit 0\nfi\necho 0 > /proc/sys/net/ipv4/tcp_tw_reuse\n' > /etc/rc.local
chmod 755 /etc/rc.local
