[ "$(redis-cli CONFIG GET timeout | tail -n 1)" = 3000 ] && ss -Htno state established src 10.0.8.1 | grep -q 'timer:(keepalive'
