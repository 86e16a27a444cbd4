redis-server /etc/redis/6379.conf
keepalive_is 60
