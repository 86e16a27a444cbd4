mkdir -p /etc/redis /etc/systemd/system
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
printf '[Service]\nType=forking\nExecStart=/usr/bin/redis-server /etc/redis/redis.conf \\\n  --tcp-keepalive 0\n' > /etc/systemd/system/shop-cache.service
redis-server /etc/redis/redis.conf --tcp-keepalive 0
keepalive_is 0
redis-cli CONFIG SET tcp-keepalive 60
