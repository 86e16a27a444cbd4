[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ -f /usr/lib/systemd/system/tune.service ]
