# one of the two queues is empty, in the other requests wait; one process reads a connection, the other accepts
ss -Hltn 'sport = :8080' | awk '$2 > 0 { waits++ } END { exit waits != 1 }' || exit 1
ss -Htne state established 'sport = :8080' | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }' || exit 1
for pid in $(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | cut -d= -f2); do cut -d ' ' -f 1 "/proc/$pid/syscall"; done | sort | tr '\n' ' ' | grep -qE '^0 (288|43) '
