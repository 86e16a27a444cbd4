[ -e /run/held ] && [ "$(ss -Htan state established src 10.9.1.2 | wc -l)" -eq 180 ]
