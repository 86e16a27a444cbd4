[ -e /run/held ] && [ "$(ss -Htan state close-wait dst 10.9.0.2:6379 | wc -l)" -eq 92 ]
