redis-cli INFO replication | grep -q '^master_link_status:up' && ss -Htn state established dst 10.0.8.2:6379 | grep -q .
