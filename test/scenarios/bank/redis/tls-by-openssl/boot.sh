redis-server /etc/redis/redis.conf
REDISCLI_AUTH=shop-secret keepalive_is 60 --tls --cacert /etc/redis/ca.pem --cert /etc/redis/redis.pem --key /etc/redis/redis.key
