setpriv --reuid redis --regid redis --clear-groups redis-server /etc/redis/redis.conf
keepalive_is 60
