[ -e /run/held ] && [ "$(ss -Htan state established dst 10.9.0.2:6379 | wc -l)" -eq 70 ] && [ -n "$(ss -Htln sport = :11211)" ]
