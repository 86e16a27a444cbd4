mkdir -p /etc/redis /etc/systemd/system/redis-server.service.d
printf 'port 6379\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
printf '[Service]\nExecStart=\nExecStart=/usr/bin/redis-server /etc/redis/redis.conf --tcp-keepalive 60\n' > /etc/systemd/system/redis-server.service.d/keepalive.conf
redis-server /etc/redis/redis.conf --tcp-keepalive 60
