[ -e /run/held ] && [ "$(ss -Htan state syn-sent dst 10.9.1.1:6379 | wc -l)" -eq 20 ]
