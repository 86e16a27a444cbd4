! pgrep redis-server && [ -e /run/redis/redis-server.pid ] && grep -qx 'tcp-keepalive 0' /etc/redis/redis.conf
