mkdir -p /etc/redis
printf 'bind 127.0.0.1 -::1\nport 6379\ntcp-keepalive 0\nsave ""\ndaemonize yes\n' > /etc/redis/inner.conf
printf 'bind 10.0.9.1\nport 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndaemonize yes\n' > /etc/redis/outer.conf
redis-server /etc/redis/inner.conf
redis-server /etc/redis/outer.conf
keepalive_is 0 -h 127.0.0.1 && keepalive_is 60 -h 10.0.9.1
