[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 0 ] && [ "$(redis-cli CONFIG GET maxmemory | tail -n 1)" = 67108864 ]
