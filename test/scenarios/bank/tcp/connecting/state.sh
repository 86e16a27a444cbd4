[ "$(ss -Htan state time-wait dst 10.9.1.1:6379 | wc -l)" -ge 240 ] && [ "$(ss -Htan state syn-sent dst 10.9.1.1:6379 | wc -l)" -eq 120 ] &&
[ -z "$(ss -Htano state time-wait | grep -E 'timewait,(59|1min)')" ]
