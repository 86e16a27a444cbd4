redis-cli CONFIG GET tcp-keepalive | grep -q NOAUTH
