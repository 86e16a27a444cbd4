[ -e /run/held ] && [ -e /run/more ] && [ "$(awk '/^sockets/ { print $3 }' /proc/net/sockstat)" -ge 265 ]
