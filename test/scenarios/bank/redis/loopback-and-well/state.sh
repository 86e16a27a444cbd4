[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 300 ] && [ -z "$(ss -Hltn 'sport = :6379' | grep -v -e '127\.0\.0\.1:6379' -e '\[::1\]:6379')" ]
