[ -e /run/held ] && [ "$(ss -Htan state time-wait dst 10.9.1.1:6379 | wc -l)" -ge 43 ] && [ "$(ss -Htan state established dst 10.9.1.1:6379 | wc -l)" -eq 50 ]
[ -z "$(ss -Htano state time-wait | grep -E 'timewait,(59|1min)')" ]
