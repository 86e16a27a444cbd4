mkdir -p /etc/redis /var/lib/redis
cat > /etc/redis/6379.conf <<'END'
port 6379
protected-mode no
tcp-keepalive 0
save ""
dir /var/lib/redis
daemonize yes
requirepass "s3cret of the shop"
END
redis-server /etc/redis/6379.conf
chown 33:33 /etc/redis/6379.conf
chmod 640 /etc/redis/6379.conf
