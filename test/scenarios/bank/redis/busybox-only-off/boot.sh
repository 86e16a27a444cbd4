redis-server /etc/redis/6379.conf
REDISCLI_AUTH=pw keepalive_is 60
