[ "$(cat /proc/sys/net/ipv4/tcp_keepalive_time)" = 7200 ] && [ "$(ss -Htno dst 10.0.8.2 | grep -Ec 'timer:\(keepalive,([0-9]+sec|1min|[0-9.]+ms)')" = 3 ]
