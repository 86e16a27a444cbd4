redis-cli INFO server 2>&1 | grep -q NOPERM
