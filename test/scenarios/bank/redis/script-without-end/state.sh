redis-cli CONFIG GET timeout 2>&1 | grep -q BUSY
