[ "$(ss -Htan state time-wait dst 10.9.0.2:6379 | wc -l)" -ge 1000 ] && [ -z "$(ss -Htano state time-wait | grep -E 'timewait,(59|1min)')" ]
