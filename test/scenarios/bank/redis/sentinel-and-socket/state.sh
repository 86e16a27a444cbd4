redis-cli -p 26379 PING | grep -q PONG && [ "$(redis-cli -s /run/redis/redis.sock CONFIG GET tcp-keepalive | tail -n 1)" = 0 ]
