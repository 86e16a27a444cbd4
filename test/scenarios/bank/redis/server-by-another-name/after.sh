[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && grep -qx 'tcp-keepalive 60' /etc/redis6/redis6.conf
