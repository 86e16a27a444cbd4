mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
printf 'port 7000\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndaemonize yes\nset-proc-title no\n' > /etc/redis/b.conf
redis-server /etc/redis/redis.conf
cd /etc/redis && redis-server b.conf
keepalive_is 60 && keepalive_is 0 -p 7000
