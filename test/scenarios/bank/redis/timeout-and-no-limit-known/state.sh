[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 0 ] && [ "$(redis-cli CONFIG GET timeout | tail -n 1)" = 3600 ]
