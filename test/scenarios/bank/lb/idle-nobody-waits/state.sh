[ "$(ss -Hltn 'sport = :8080' | awk '{ print $2 }')" = 1 ] || exit 1
pid=$(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2)
[ "$(uname -m)" != x86_64 ] || grep -q '^0 0x' "/proc/$pid/syscall"
