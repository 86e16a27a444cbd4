mkdir -p /etc/redis /etc/systemd/system/redis-server@6380.service.d
printf '[Service]\nExecStart=\nExecStart=/usr/bin/redis-server /etc/redis/6380.conf --tcp-keepalive 60\n' > /etc/systemd/system/redis-server@6380.service.d/keepalive.conf
for port in 6379 6380; do
  printf 'port %s\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndaemonize yes\n' "$port" > /etc/redis/$port.conf
  redis-server /etc/redis/$port.conf
  keepalive_is 0 -p $port
  redis-cli -p $port CONFIG SET tcp-keepalive 60
done
