[ "$(redis-cli -p 6379 CONFIG GET tcp-keepalive | tail -n 1)" = 0 ]
