[ "$(redis-cli -p 6379 CONFIG GET tcp-keepalive | tail -n 1)" = 100 ] && grep -qx 'tcp-keepalive 100' /etc/redis/6379.conf && ! grep -q maxmemory /etc/redis/6379.conf
