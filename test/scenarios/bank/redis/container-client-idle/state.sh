ip netns exec shop ss -Htno dst 10.0.8.2 | grep -Eq 'timer:\(keepalive,1[12][0-9]min' && [ "$(cat /proc/sys/net/ipv4/tcp_keepalive_time)" = 60 ]
