echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
mkdir -p /var/lib/cloud/scripts/per-boot
printf '#!/bin/sh\necho 2 > /proc/sys/net/ipv4/tcp_tw_reuse\n' > /var/lib/cloud/scripts/per-boot/tune.sh
chmod 644 /var/lib/cloud/scripts/per-boot/tune.sh
