# a queue of connections without a request, and every process in the call
[ "$(ss -Hltn 'sport = :8080' | awk '{ print $2 }')" -ge 1 ] || exit 1
for pid in $(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | cut -d= -f2); do
  grep -qE '^(7) 0x' "/proc/$pid/syscall" || exit 1
done
