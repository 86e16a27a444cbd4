redis-server /etc/redis/6379.conf
REDISCLI_AUTH="s3cret of the shop" keepalive_is 60
