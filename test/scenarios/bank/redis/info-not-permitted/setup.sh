mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndaemonize yes\nuser default on nopass ~* -@all +config|get +ping\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
keepalive_is 60
