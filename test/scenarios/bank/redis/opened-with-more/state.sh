ss -Htno state established 'sport = :6379' | grep -q 'timer:(keepalive,4min'
