printf "#net.ipv4.tcp_tw_reuse = 0\n; net.ipv4.tcp_tw_reuse=0\n" > /etc/sysctl.conf; printf "#!/bin/sh\n# echo 0 > /proc/sys/net/ipv4/tcp_tw_reuse\nexit 0\n" > /etc/rc.local; chmod 755 /etc/rc.local
echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
held plain 10.9.0.2 10.9.0.2 50 6379 >/dev/null 2>/run/held.err &
