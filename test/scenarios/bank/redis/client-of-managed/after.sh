[ "$(cat /proc/sys/net/ipv4/tcp_keepalive_time)" = 60 ]
