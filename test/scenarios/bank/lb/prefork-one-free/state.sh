[ "$(ss -Hltn 'sport = :8080' | awk '{ print $2 }')" = 0 ] || exit 1
n=0
for pid in $(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | cut -d= -f2); do
  grep -q '^0 0x' "/proc/$pid/syscall" && n=$((n + 1))
done
[ $n = 3 ]
