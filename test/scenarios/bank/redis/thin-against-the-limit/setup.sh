mkdir -p /etc/redis /var/lib/redis
cat > /etc/redis/6379.conf <<'END'
port 6379
protected-mode no
# no tcp-keepalive line
save ""
dir /var/lib/redis
daemonize yes
END
redis-server /etc/redis/6379.conf
printf '# the end, and no line end' >> /etc/redis/6379.conf
