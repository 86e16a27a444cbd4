[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 300 ] && ss -Htn state established 'src 10.0.9.1 and sport = :6379' | grep -q .
