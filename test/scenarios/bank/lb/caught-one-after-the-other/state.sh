# a request is answered, after longer than any connection is idle, and the next ones wait
awk '$1 > 4 { found = 1 } END { exit !found }' /tmp/times || exit 1
ss -Htne state established 'sport = :8080' | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }'
