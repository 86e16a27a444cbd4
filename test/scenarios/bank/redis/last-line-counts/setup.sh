mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 0\nsave ""\n\tTCP-KeepAlive "60"\n# tcp-keepalive 0\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
