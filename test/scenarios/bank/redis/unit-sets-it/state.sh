[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && ! tr '\000' ' ' < "/proc/$(pgrep redis-server)/cmdline" | grep -q keepalive
