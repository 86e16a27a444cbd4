[ -e /tmp/reset ] && [ -e /tmp/served ] || exit 1
ss -Htne state established 'sport = :8080' | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }'
