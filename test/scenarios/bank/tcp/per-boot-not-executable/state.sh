[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ ! -x /var/lib/cloud/scripts/per-boot/tune.sh ]
