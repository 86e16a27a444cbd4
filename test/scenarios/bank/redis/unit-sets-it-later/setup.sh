mkdir -p /etc/redis /etc/systemd/system
printf 'port 6379\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
printf '[Service]\nExecStart=/usr/bin/redis-server /etc/redis/redis.conf\nExecStartPost=/usr/bin/redis-cli CONFIG SET tcp-keepalive 60\n' > /etc/systemd/system/shop-cache.service
printf '[Service]\n# was: redis-server /etc/redis/redis.conf --tcp-keepalive 0\nExecStart=/bin/true\n' > /etc/systemd/system/redis-old.service
redis-server /etc/redis/redis.conf
keepalive_is 0
redis-cli CONFIG SET tcp-keepalive 60
