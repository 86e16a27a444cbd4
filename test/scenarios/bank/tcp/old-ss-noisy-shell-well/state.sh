[ "$(ss -Htan state time-wait dst 10.9.0.2:6379 | wc -l)" -ge 40 ]
