[ "$(redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && ss -Htno state established src 10.0.8.1 | grep -q . && ! ss -Htno state established src 10.0.8.1 | grep -q keepalive
