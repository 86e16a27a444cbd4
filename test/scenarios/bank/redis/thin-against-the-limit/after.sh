[ "$(redis-cli -p 6379 CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && [ "$(tail -n 2 /etc/redis/6379.conf)" = "# the end, and no line end
tcp-keepalive 60" ]
