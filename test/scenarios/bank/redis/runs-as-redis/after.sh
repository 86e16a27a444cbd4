[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && grep -qx 'tcp-keepalive 60' /etc/redis/redis.conf &&
  [ "$(stat -c '%a %U:%G' /etc/redis/redis.conf)" = '640 root:redis' ]
