redis-server /etc/redis/6379.conf
keepalive_is 100 && [ "$(redis-cli CONFIG GET maxmemory | tail -n 1)" = 0 ]
