[ -e /run/left ] && [ "$(ss -Htan state established '( sport >= :40000 )' | wc -l)" -eq 50 ] && [ "$(cat /run/left)" = "50 Cannot assign requested address" ]
