mkdir -p /var/lib/redis
redis-server --port 6379 --tcp-keepalive 60 --save '' --dir /var/lib/redis --daemonize yes --requirepass nobody-knows
