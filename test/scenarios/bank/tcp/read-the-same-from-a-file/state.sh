[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && sysctl -q -p /opt/shop/tuning.conf && [ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ]
