/var/lib/programs/redis6-server /etc/redis6/redis6.conf
keepalive_is 60
