ip netns exec shop ss -Htnoi dst 10.0.8.2 | tr '\n' ' ' | grep -Eq 'timer:\(on,[^,]*,([4-9]|1[0-5])\)' && [ -z "$(ss -Htn dst 10.0.8.2)" ]
