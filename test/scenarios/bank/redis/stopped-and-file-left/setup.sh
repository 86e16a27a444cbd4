mkdir -p /etc/redis /run/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndaemonize yes\npidfile /run/redis/redis-server.pid\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
until redis-cli PING | grep -q PONG; do sleep 0.1; done
kill -KILL "$(cat /run/redis/redis-server.pid)"
