[ -e /run/left ] && [ "$(ss -Htan state established '( sport >= :40000 )' | wc -l)" -eq 120 ] && [ "$(cat /run/left)" = "30 Cannot assign requested address" ]
