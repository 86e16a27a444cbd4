[ "$(redis-cli -p 6379 CONFIG GET tcp-keepalive | tail -n 1)" = 30 ] && grep -qx 'tcp-keepalive 30' /etc/redis/6379.conf
