[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ "$(sed -n 2p /etc/rc.local)" = "exit 0" ]
