mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 0\nlua-time-limit 100\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
keepalive_is 0
redis-cli EVAL 'while true do end' 0 </dev/null >/dev/null 2>&1 &
