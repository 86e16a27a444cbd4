[ "$(cat /proc/sys/net/ipv4/tcp_retries2)" = 8 ]
