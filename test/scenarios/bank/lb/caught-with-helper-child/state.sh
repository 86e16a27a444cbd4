ss -Htne state established 'sport = :8080' | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }' || exit 1
[ "$(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | sort -u | wc -l)" = 2 ]
