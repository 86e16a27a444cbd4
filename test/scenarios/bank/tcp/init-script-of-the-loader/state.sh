[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && grep -q -- --system /etc/init.d/procps
