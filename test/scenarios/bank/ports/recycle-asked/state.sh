[ ! -e /proc/sys/net/ipv4/tcp_tw_recycle ]
