[ "$(REDISCLI_AUTH="s3cret of the shop" redis-cli -p 6379 CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] || exit 1
[ "$(stat -c '%a %u:%g' /etc/redis/6379.conf)" = '640 33:33' ] || exit 1
! grep -rq 's3cret of the shop' /var/lib/runbolt/attempts/*/*/env /var/lib/runbolt/attempts/*/said /var/lib/runbolt/attempts/*/result
