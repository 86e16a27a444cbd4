mkdir -p /etc/redis /var/lib/redis
cat > /etc/redis/6379.conf <<'END'
port 6379
protected-mode no
tcp-keepalive 60
save ""
dir /var/lib/redis
daemonize yes
rename-command CONFIG ""
END
redis-server /etc/redis/6379.conf
