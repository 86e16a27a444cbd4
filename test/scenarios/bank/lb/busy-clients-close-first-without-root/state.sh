[ -e /tmp/served ] || exit 1
ss -Htn state time-wait state fin-wait-2 state last-ack 'sport = :8080' | grep -q . && exit 1
ss -Htne state established 'sport = :8080' | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }'
