mkdir -p /etc/redis
printf 'include /etc/redis/memory.conf\nport 6379\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
printf 'maxmemory 64mb\n' > /etc/redis/memory.conf
redis-server /etc/redis/redis.conf
n=0; until redis-cli PING 2>/dev/null | grep -q PONG; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done
