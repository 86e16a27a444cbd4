[ "$(ip netns exec shop ss -Htan state time-wait | wc -l)" -ge 93 ] && [ -z "$(ss -Htan state time-wait)" ]
