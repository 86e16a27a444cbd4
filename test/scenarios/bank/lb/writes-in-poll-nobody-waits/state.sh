# the server in the call with much to send, and nobody waits
ss -Htn state established 'sport = :8080' | awk '$2 > 100000 { found = 1 } END { exit !found }' || exit 1
for pid in $(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | cut -d= -f2); do
  grep -qE '^7 0x' "/proc/$pid/syscall" || exit 1
done
