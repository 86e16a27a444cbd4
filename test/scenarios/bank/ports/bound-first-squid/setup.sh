echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
mkdir -p /etc/squid
printf 'http_port 3128\ntcp_outgoing_address 10.9.0.2\n' > /etc/squid/squid.conf
held first 10.9.0.2 10.9.0.2 75 6379 6380 6381 >/dev/null 2>/run/held.err &
