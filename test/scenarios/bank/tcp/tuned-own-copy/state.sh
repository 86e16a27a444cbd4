[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ -e /etc/tuned/shop/tuned.conf ] && grep -q "reuse=0" /usr/lib/tuned/shop/tuned.conf
