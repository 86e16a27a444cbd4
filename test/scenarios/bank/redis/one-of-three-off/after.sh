[ "$(redis-cli -p 6379 CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && [ "$(redis-cli -p 6380 CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && [ "$(redis-cli -p 6381 CONFIG GET tcp-keepalive | tail -n 1)" = 300 ] || exit 1
grep -qx 'tcp-keepalive 60' /etc/redis/6380.conf && [ "$(stat -c %a /etc/redis/6380.conf)" = 600 ] || exit 1
grep -q 'no tcp-keepalive line' /etc/redis/6381.conf && ! grep -q '^tcp-keepalive' /etc/redis/6381.conf
