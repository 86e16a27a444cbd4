[ "$(ss -Htan state time-wait dst 10.9.0.2:6379 | wc -l)" -ge 40 ] && grep -q 40100-40199 /proc/sys/net/ipv4/ip_local_reserved_ports
