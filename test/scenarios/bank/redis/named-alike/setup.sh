mkdir -p /etc/redis
printf 'port 6379\ntcp-keepalive 0\n' > /etc/redis/redis.conf
# The kernel cuts a name after 15 bytes: redis-server-ex.
cp "$(command -v sleep)" /run/redis-server-exporter
/run/redis-server-exporter 1000 </dev/null >/dev/null 2>&1 &
tail -f /etc/redis/redis.conf --pid=$! </dev/null >/dev/null 2>&1 &
