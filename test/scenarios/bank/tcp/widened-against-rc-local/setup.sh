echo "10240 65535" > /proc/sys/net/ipv4/ip_local_port_range
echo 'net.ipv4.ip_local_port_range = 10240 65535' > /etc/sysctl.d/50-range.conf
printf '#!/bin/sh -e\necho "32768 60999" > /proc/sys/net/ipv4/ip_local_port_range\n' > /etc/rc.local
chmod 755 /etc/rc.local
