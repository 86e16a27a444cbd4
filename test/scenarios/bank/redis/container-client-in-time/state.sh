ip netns exec shop ss -Htno dst 10.0.8.2 | grep -Eq 'timer:\(keepalive,([0-9]+sec|1min)' && [ "$(cat /proc/sys/net/ipv4/tcp_keepalive_time)" = 7200 ]
