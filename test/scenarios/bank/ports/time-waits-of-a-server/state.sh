[ -e /run/done ] && [ "$(ss -Htan state time-wait sport = :40050 | wc -l)" -ge 80 ]
