ss -Htno state established 'sport = :6379' | grep -Eq 'timer:\(keepalive,[^,]*,([2-9]|[1-9][0-9])\)'
