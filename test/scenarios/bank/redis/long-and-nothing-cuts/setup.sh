mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 7200\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
