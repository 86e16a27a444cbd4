mkdir -p /etc/redis/conf.d
printf 'port 6379\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndaemonize yes\ninclude /etc/redis/conf.d/*.conf\n' > /etc/redis/redis.conf
printf 'tcp-keepalive 60\n' > /etc/redis/conf.d/50-keepalive.conf
redis-server /etc/redis/redis.conf
