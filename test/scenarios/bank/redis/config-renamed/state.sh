redis-cli CONFIG GET tcp-keepalive | grep -qi 'unknown command'
