[ -e /run/held ] && [ "$(ss -Htan state fin-wait-2 dst 10.9.0.2:6379 | wc -l)" -eq 20 ]
