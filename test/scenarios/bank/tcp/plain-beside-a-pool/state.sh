[ -e /run/left ] && [ "$(ss -Htan state established '( sport >= :40000 )' | wc -l)" -eq 138 ] && [ "$(cat /run/left)" = "42 Cannot assign requested address" ]
