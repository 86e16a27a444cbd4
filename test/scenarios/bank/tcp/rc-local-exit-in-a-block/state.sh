unshare -n sh -c 'echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse; /etc/rc.local; [ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 0 ]'
[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ]
