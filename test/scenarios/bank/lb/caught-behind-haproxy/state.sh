# requests wait unaccepted, those before were answered by HAProxy alone, and the server sits in recvfrom
ss -Htne state established 'sport = :8080' | awk '$1 > 0 && / ino:0 / { found = 1 } END { exit !found }' || exit 1
[ "$(grep -c 504 /tmp/codes)" -ge 3 ] && ! grep -qv 504 /tmp/codes || exit 1
pid=$(ss -Hltnp 'sport = :8080' | grep -o 'pid=[0-9]*' | cut -d= -f2)
grep -q '^45 0x' "/proc/$pid/syscall"
