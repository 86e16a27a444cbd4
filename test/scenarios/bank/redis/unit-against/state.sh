[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ]
