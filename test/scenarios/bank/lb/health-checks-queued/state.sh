[ "$(ss -Hltn 'sport = :8080' | awk '{ print $2 }')" = 3 ] || exit 1
[ "$(ss -Htn state close-wait 'sport = :8080' | awk '$1 == 1' | wc -l)" = 3 ]
