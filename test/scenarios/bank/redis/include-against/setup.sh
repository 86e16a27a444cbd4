mkdir -p /etc/redis/conf.d
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndaemonize yes\ninclude /etc/redis/conf.d/*.conf\n' > /etc/redis/redis.conf
printf 'tcp-keepalive 0\n' > /etc/redis/conf.d/50-keepalive.conf
redis-server /etc/redis/redis.conf
n=0; until redis-cli CONFIG SET tcp-keepalive 60 2>/dev/null | grep -q OK; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done
