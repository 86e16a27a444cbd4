mkdir -p /etc/redis
cat > /etc/redis/6379.conf <<'CONF'
port 6379
tcp-keepalive 0
save ""
daemonize yes
requirepass "s3\x41 \"of\" \\ sh\xc3\xb6p"
CONF
cat > /etc/redis/6380.conf <<'CONF'
port 6380
tcp-keepalive 60
save ""
daemonize yes
requirepass 'it\'s \x41'
CONF
redis-server /etc/redis/6379.conf
redis-server /etc/redis/6380.conf
REDISCLI_AUTH='s3A "of" \ shöp' keepalive_is 0 && REDISCLI_AUTH="it's \\x41" keepalive_is 60 -p 6380
