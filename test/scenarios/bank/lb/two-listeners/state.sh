for port in 8080 9090; do
  [ "$(ss -Hltn "sport = :$port" | awk '{ print $2 }')" -ge 1 ] || exit 1
  ss -Htne state established "sport = :$port" | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }' || exit 1
done
pid=$(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | cut -d= -f2)
grep -q '^0 0x' "/proc/$pid/syscall"
