ss -Htno state established 'sport = :6390' | grep -q . && ! ss -Htno state established 'sport = :6390' | grep -q timer:
