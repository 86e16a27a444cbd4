mkdir -p /etc/redis
printf 'port 6379\nbind 10.0.9.1 127.0.0.1\ntcp-keepalive 60\nsave ""\n' > /etc/redis/redis.conf
unshare -p -f redis-server /etc/redis/redis.conf </dev/null >/dev/null 2>&1 &
keepalive_is 60
