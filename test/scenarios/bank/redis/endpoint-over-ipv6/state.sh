ss -Htn state established 'dport = :6379' | grep -qF '[fd00:8::2]:6379'
