echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
printf '#!/bin/sh -e\necho 0 > /proc/sys/net/ipv4/tcp_tw_reuse\n' > /etc/rc.local
chmod 644 /etc/rc.local
