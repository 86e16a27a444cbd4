mkdir -p /etc/redis /var/lib/redis
cat > /etc/redis/6379.conf <<'END'
port 6379
protected-mode no
tcp-keepalive 0
save ""
dir /var/lib/redis
daemonize yes
END
redis-server /etc/redis/6379.conf
until redis-cli CONFIG SET tcp-keepalive 100 | grep -q OK; do sleep 0.1; done
redis-cli CONFIG SET maxmemory 123456789 >/dev/null
