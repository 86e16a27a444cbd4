[ -e /run/held ] && [ "$(ss -Htan state established dst 198.51.100.7:443 | wc -l)" -eq 100 ]
