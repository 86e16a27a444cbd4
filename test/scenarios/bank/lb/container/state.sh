# a queue, an unaccepted connection with a request, and every process in the call
[ "$(ip netns exec box ss -Hltn 'sport = :8080' | awk '{ print $2 }')" -ge 1 ] || exit 1
ip netns exec box ss -Htne state established 'sport = :8080' | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }' || exit 1
for pid in $(ip netns exec box ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | cut -d= -f2); do
  grep -qE '^(0) 0x' "/proc/$pid/syscall" || exit 1
done
