[ -e /tmp/greeted ] || exit 1
ss -Hltn 'sport = :8080' | awk '$2 > $3 { found = 1 } END { exit !found }'
