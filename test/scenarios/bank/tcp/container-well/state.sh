[ "$(ip netns exec shop ss -Htan state time-wait | wc -l)" -ge 93 ] && [ -z "$(ip netns exec shop ss -Htano state time-wait | grep -E 'timewait,(59|1min)')" ]
