[ -e /tmp/served ] || exit 1
ss -Htne state established 'sport = :8080 and src [::1]' | awk '$1 > 0 && / ino:0 / { n++ } END { exit n != 2 }'
