[ -e /run/held ] && [ "$(ss -Htan state established dst 10.9.0.2:6379 | wc -l)" -eq 195 ]
