echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
mkdir -p /etc/squid /etc/nginx/conf.d
printf 'tcp_outgoing_address 10.9.0.2\n' > /etc/squid/squid.conf
printf 'server {\n  location / { proxy_bind 10.9.0.2; }\n  proxy_bind 10.9.0.2;\n}\n' > /etc/nginx/conf.d/a.conf
held first 10.9.0.2 10.9.0.2 20 6379 6380 >/dev/null 2>/run/held.err &
