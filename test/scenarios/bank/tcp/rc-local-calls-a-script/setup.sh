mkdir -p /etc/sysctl.d
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/60-reuse.conf
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
mkdir -p /opt/site
printf '#!/bin/sh\nsysctl -q -w net.ipv4.tcp_tw_reuse=0\n' > /opt/site/tune.sh
printf '#!/bin/sh\n/opt/site/tune.sh\n' > /etc/rc.local
chmod 755 /etc/rc.local /opt/site/tune.sh
