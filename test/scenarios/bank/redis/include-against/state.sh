[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] || exit 1
redis-cli SHUTDOWN NOSAVE >/dev/null 2>&1
redis-server /etc/redis/redis.conf
n=0; until [ "$(redis-cli CONFIG GET tcp-keepalive 2>/dev/null | tail -n 1)" = 0 ]; do n=$((n + 1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done
redis-cli CONFIG SET tcp-keepalive 60 | grep -q OK
