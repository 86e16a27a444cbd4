mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
chmod 600 /etc/redis/redis.conf
