mkdir -p /etc/redis
printf 'port 6380\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndaemonize yes\nproc-title-template "cache-of-the-shop {listen-addr}"\n' > /etc/redis/shop.conf
redis-server /etc/redis/shop.conf
keepalive_is 0 -p 6380
