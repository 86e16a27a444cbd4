[ "$(REDISCLI_AUTH='s3A "of" \ shöp' redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 0 ] && redis-cli -p 6380 PING | grep -q NOAUTH
