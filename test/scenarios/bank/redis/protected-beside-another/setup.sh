mkdir -p /etc/redis
printf 'port 6379\nbind 10.0.9.1\ntcp-keepalive 0\nsave ""\ndaemonize yes\n' > /etc/redis/a.conf
printf 'port 6379\nbind 127.0.0.1\ntcp-keepalive 60\nsave ""\ndaemonize yes\n' > /etc/redis/b.conf
redis-server /etc/redis/a.conf
redis-server /etc/redis/b.conf
keepalive_is 60
