[ "$(cat /proc/[0-9]*/comm | grep -c '^redis-server$')" = 4 ] && grep -l '^State:.*zombie' /proc/[0-9]*/status | grep -q . &&
  redis-cli INFO persistence | grep -q rdb_bgsave_in_progress:1
