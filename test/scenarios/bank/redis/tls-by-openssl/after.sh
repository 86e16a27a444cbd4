# From its file again, as a reboot would.
look() { REDISCLI_AUTH=shop-secret redis-cli --tls --cacert /etc/redis/ca.pem --cert /etc/redis/redis.pem --key /etc/redis/redis.key CONFIG GET tcp-keepalive | tail -n 1; }
[ "$(look)" = 60 ] || exit 1
REDISCLI_AUTH=shop-secret redis-cli --tls --cacert /etc/redis/ca.pem --cert /etc/redis/redis.pem --key /etc/redis/redis.key SHUTDOWN NOSAVE 2>/dev/null
redis-server /etc/redis/redis.conf
for try in 1 2 3 4 5 6 7 8 9 10; do
  [ "$(look)" != 60 ] || exit 0
  sleep 0.2
done
exit 1
