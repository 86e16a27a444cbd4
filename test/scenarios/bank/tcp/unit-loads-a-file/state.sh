[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ]
unshare -n sh -c 'echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse; sysctl -p /opt/site/limits.conf; [ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 0 ]'
