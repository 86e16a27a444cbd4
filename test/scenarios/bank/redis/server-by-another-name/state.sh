[ "$(cat /proc/[0-9]*/comm | grep redis)" = redis6-server ] && [ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 0 ]
