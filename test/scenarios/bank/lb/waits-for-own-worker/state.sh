ss -Htne state established 'sport = :8080' | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }' || exit 1
pid=$(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2)
fd=$(sed -n 's/^0 0x\([0-9a-f]*\) .*/\1/p' "/proc/$pid/syscall")
[ -n "$fd" ] && ss -Htnp state established 'sport = :9090' | grep -q "pid=$pid,fd=$((0x$fd))"
