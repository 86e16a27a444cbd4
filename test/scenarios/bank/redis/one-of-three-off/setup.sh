mkdir -p /etc/redis /var/lib/redis
cat > /etc/redis/6379.conf <<'END'
port 6379
protected-mode no
tcp-keepalive 60
save ""
dir /var/lib/redis
daemonize yes
END
redis-server /etc/redis/6379.conf
cat > /etc/redis/6380.conf <<'END'
port 6380
protected-mode no
tcp-keepalive 0
save ""
dir /var/lib/redis
daemonize yes
END
redis-server /etc/redis/6380.conf
cat > /etc/redis/6381.conf <<'END'
port 6381
protected-mode no
# no tcp-keepalive line
save ""
dir /var/lib/redis
daemonize yes
END
redis-server /etc/redis/6381.conf
chmod 600 /etc/redis/6380.conf
