mkdir -p /etc/redis
printf 'bind 10.0.9.1 127.0.0.1\nport 6379\ntcp-keepalive 0\ntimeout 3600\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
