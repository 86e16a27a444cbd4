[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ -d /etc/tuned/unused ]
