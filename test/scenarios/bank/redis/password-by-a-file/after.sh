[ "$(REDISCLI_AUTH=s3cret redis-cli --user watch -p 6390 CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && grep -qx 'tcp-keepalive 60' /etc/redis/redis.conf
