[ -e /run/held ] && [ "$(ss -Huan dst 10.9.0.2:53 | wc -l)" -eq 95 ]
