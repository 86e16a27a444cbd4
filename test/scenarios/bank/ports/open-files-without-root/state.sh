[ -e /run/held ] && for p in /proc/[0-9]*; do [ "$(cat $p/comm)" = perl ] && [ "$(ls $p/fd | wc -l)" -ge 190 ] && exit 0; done; exit 1
