[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && grep -qx 'tcp-keepalive 0' /etc/redis/redis.conf
