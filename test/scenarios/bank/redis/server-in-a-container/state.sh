[ -z "$(ss -Hltn 'sport = :6379')" ] && ip netns exec cache ss -Htno state established 'sport = :6379' | grep -q 'timer:(keepalive'
