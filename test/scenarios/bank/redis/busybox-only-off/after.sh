[ "$(REDISCLI_AUTH=pw redis-cli -p 6379 CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && grep -qx 'tcp-keepalive 60' /etc/redis/6379.conf
