far_network
mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 300\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
keepalive_is 300
idle_client
soon
kill -STOP "$idler"
