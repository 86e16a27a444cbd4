[ "$(redis-cli -h 127.0.0.1 CONFIG GET tcp-keepalive | tail -n 1)" = 0 ] && [ "$(redis-cli -h 10.0.9.1 CONFIG GET tcp-keepalive | tail -n 1)" = 60 ]
