three_servers
echo "  server spare 10.0.9.14:8080 check inter 500ms backup" >> /etc/haproxy/haproxy.cfg
runs_before 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14
