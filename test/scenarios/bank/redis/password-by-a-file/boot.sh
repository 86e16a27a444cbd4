redis-server /etc/redis/redis.conf
REDISCLI_AUTH=s3cret keepalive_is 60 -p 6390 --user watch
