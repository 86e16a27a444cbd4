[ "$(ss -Hltn 'sport = :8080' | awk '{ print $2 }')" -ge 1 ] || exit 1
ss -Htne state established 'sport = :8080' | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }' || exit 1
pid=$(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2)
grep -q '^7 0x[0-9a-f]* 0x2 ' "/proc/$pid/syscall"
