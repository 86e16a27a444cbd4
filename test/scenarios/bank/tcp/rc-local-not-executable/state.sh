[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ -s /etc/rc.local ] && [ ! -x /etc/rc.local ]
