grep -qs '^redis-server-ex$' /proc/[0-9]*/comm && pgrep -f 'tail -f /etc/redis/redis.conf' >/dev/null && [ -z "$(ss -Hltn 'sport = :6379')" ]
