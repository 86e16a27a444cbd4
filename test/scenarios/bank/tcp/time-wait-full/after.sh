[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && grep -q '^net.ipv4.tcp_tw_reuse = 1$' /etc/sysctl.d/99-zz-runbolt.conf
