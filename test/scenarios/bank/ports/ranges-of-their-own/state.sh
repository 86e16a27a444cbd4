[ -e /run/held ] && [ "$(ss -Htan state established '( sport >= :40000 and sport <= :40999 )' | wc -l)" -eq 1500 ]
