redis-cli -h 10.0.9.1 PING 2>&1 | grep -q 'DENIED Redis is running in protected mode'
