mkdir -p /etc/redis /var/lib/redis
cat > /etc/redis/redis.conf <<'END'
# The cache of the shop
bind 10.0.9.1 127.0.0.1
port 6379
tcp-keepalive 0
timeout 0
save ""
dir /var/lib/redis
daemonize yes
END
chmod 640 /etc/redis/redis.conf
chown 33:33 /etc/redis /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
