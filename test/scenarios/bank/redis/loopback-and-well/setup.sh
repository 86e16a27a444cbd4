mkdir -p /etc/redis
printf 'bind 127.0.0.1 -::1\nport 6379\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
