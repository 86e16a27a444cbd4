[ -e /run/held ] && [ "$(ss -Htan state established '( sport >= :40000 )' | wc -l)" -eq 96 ]
