grep -qa '^cache-of-the-shop \*:6380' /proc/[0-9]*/cmdline && [ "$(redis-cli -p 6380 CONFIG GET tcp-keepalive | tail -n 1)" = 0 ]
