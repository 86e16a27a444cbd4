[ "$(ss -Htan state time-wait dst 127.0.0.1:6379 | wc -l)" -ge 96 ] && [ -z "$(ss -Htano state time-wait | grep -E 'timewait,(59|1min)')" ]
