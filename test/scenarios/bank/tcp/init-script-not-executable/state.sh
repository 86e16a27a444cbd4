[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ -s /etc/init.d/tune ] && [ ! -x /etc/init.d/tune ]
