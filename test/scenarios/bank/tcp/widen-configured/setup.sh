echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
mkdir -p /etc/nginx/conf.d
printf 'server {\n  # listen 12000;\n  listen 0.0.0.0:18080;\n}\n' > /etc/nginx/conf.d/shop.conf
held plain 10.9.0.2 10.9.0.2 70 6379 >/dev/null 2>/run/held.err &
