mkdir -p /etc/redis /var/lib/redis /run/redis
cat > /run/redis/redis.conf <<'END'
port 6379
protected-mode no
tcp-keepalive 0
save ""
daemonize yes
END
ln -s /run/redis/redis.conf /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
