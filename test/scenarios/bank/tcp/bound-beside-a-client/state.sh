[ -e /run/left ] && [ "$(ss -Htan state established '( sport >= :40000 )' | wc -l)" -eq 88 ] && [ "$(cat /run/left)" = "12 Cannot assign requested address" ]
