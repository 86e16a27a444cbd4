redis-server /etc/redis/6379.conf
REDISCLI_AUTH='s3A "of" \ shöp' keepalive_is 60
