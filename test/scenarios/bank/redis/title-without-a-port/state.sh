tr '\0' ' ' < "/proc/$(redis-cli -p 7000 INFO server | tr -d '\r' | sed -n 's/^process_id://p')/cmdline" | grep -qx 'redis-server b.conf '
