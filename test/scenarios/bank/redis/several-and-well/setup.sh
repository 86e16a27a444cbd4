mkdir -p /etc/redis
for port in 6379 6380 6381; do
  printf 'port %s\nprotected-mode no\ntcp-keepalive %s\nsave ""\ndaemonize yes\n' $port $((port - 6329)) > /etc/redis/$port.conf
  redis-server /etc/redis/$port.conf
done
