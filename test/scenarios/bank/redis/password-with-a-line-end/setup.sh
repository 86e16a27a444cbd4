mkdir -p /etc/redis
printf '%s\n' 'port 6379' 'tcp-keepalive 60' 'save ""' 'daemonize yes' 'requirepass "secret\n"' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
n=0; until redis-cli PING 2>&1 | grep -q NOAUTH; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done
