[ "$(REDISCLI_AUTH='s3A "of" \ shöp' redis-cli CONFIG GET tcp-keepalive | tail -n 1)" = 60 ] && grep -qxF 'requirepass "s3\x41 \"of\" \\ sh\xc3\xb6p"' /etc/redis/6379.conf
