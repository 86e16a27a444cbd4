[ -e /run/held ] && [ "$(ss -Htan state established "( dport = :6379 or dport = :6380 )" | wc -l)" -eq 60 ]
