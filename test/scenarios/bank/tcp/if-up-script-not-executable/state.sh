[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ -s /etc/network/if-up.d/tune ] && [ ! -x /etc/network/if-up.d/tune ]
