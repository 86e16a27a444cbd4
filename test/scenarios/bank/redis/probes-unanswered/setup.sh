far_network
mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 300\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
keepalive_is 300
idle_client
ip netns exec far nft add table inet middle
ip netns exec far nft add chain inet middle in '{ type filter hook prerouting priority 0; }'
ip netns exec far nft add rule inet middle in ip saddr 10.0.8.1 drop
soon
