mkdir -p /etc/redis
printf 'port 6379\ntcp-keepalive 60\nrequirepass "two words"\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
chmod 600 /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
