[ "$(ip netns exec shop ss -Htan state time-wait | wc -l)" -ge 40 ] && [ -z "$(ss -Htan state time-wait)" ]
