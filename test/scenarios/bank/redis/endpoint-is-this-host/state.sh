[ "$(redis-cli -h 10.0.9.1 CONFIG GET tcp-keepalive | tail -n 1)" = 0 ]
