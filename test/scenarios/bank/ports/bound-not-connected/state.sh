[ -e /run/held ] && [ -z "$(ss -Htan)" ] && [ "$(awk '/^sockets/ { print $3 }' /proc/net/sockstat)" -ge 95 ]
