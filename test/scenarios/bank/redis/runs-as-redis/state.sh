[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 0 ] && [ "$(stat -c %U "/proc/$(pgrep redis-server)")" = redis ]
