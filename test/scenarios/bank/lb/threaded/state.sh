pid=$(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2)
[ "$(ls "/proc/$pid/task" | wc -l)" = 4 ] && [ "$(ss -Hltn 'sport = :8080' | awk '{ print $2 }')" = 0 ]
