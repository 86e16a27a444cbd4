[ "$(cut -f 1 /proc/sys/net/ipv4/ip_local_port_range)" = 10240 ] && grep -q '65535"' /etc/cron.d/range
