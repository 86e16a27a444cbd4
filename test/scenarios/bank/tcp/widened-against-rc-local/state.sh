[ "$(cut -f 1 /proc/sys/net/ipv4/ip_local_port_range)" = 10240 ] && [ -x /etc/rc.local ]
