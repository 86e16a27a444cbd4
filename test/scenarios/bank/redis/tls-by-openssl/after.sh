[ "$(REDISCLI_AUTH=shop-secret redis-cli --tls --cacert /etc/redis/ca.pem --cert /etc/redis/redis.pem --key /etc/redis/redis.key CONFIG GET tcp-keepalive | tail -n 1)" = 60 ]
