[ "$(redis-cli -p 6379 CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && [ "$(redis-cli -p 6380 CONFIG GET tcp-keepalive | tail -n 1)" = 60 ]
