ss -Htno state established 'sport = :6390' | grep -q timer:.keepalive && ss -Htno state established 'sport = :6380' | grep -vq timer:
