[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && grep -qx 'tcp-keepalive 60' /etc/redis/redis.conf && grep -qx 'maxmemory 64mb' /etc/redis/memory.conf
