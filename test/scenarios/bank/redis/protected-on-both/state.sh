redis-cli -h 10.0.9.1 PING 2>&1 | grep -q DENIED && redis-cli INFO server | tr -d '\r' | grep -qx process_id:1
