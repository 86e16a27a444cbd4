[ "$(REDISCLI_AUTH=s3cret redis-cli --user watch -p 6390 CONFIG GET tcp-keepalive | tail -n 1)" = 0 ]
