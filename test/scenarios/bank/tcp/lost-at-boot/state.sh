[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && grep -q 'tcp_tw_reuse = 2' /etc/sysctl.conf && [ "$(stat -c %a /etc/sysctl.conf)" = 640 ]
