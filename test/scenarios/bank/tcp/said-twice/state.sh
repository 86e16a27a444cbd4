[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ "$(cat /etc/sysctl.d/*.conf /etc/sysctl.conf | grep -c tcp_tw_reuse)" -ge 3 ]
