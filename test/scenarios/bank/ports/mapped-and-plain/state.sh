# as many of one family as of the other, and their ports are mostly the same
[ -e /run/held ] || exit 1
[ "$(awk '$2 ~ /:9C[4-9A-F]|:9D0/ && $3 ~ /:1B58$/' /proc/net/tcp | wc -l)" -eq 90 ] || exit 1
[ "$(awk '$2 ~ /:9C[4-9A-F]|:9D0/ && $3 ~ /:1B59$/' /proc/net/tcp6 | wc -l)" -eq 90 ] || exit 1
[ "$(cat /proc/net/tcp /proc/net/tcp6 | awk '$3 ~ /:1B5[89]$/ { sub(/.*:/, "", $2); print $2 }' | sort -u | wc -l)" -lt 120 ]
