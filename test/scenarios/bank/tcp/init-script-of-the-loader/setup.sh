echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
mkdir -p /etc/sysctl.d /etc/init.d
rm -f /etc/sysctl.d/99-sysctl.conf
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
echo 'net.ipv4.tcp_tw_reuse = 0' > /etc/sysctl.conf
printf '#!/bin/sh\nsysctl --quiet --system\n' > /etc/init.d/procps
chmod 755 /etc/init.d/procps
