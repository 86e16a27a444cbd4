# Another machine: the primary, in a network of its own, under a name that no look for servers here finds.
far_network
cp "$(command -v redis-server)" /run/elsewhere
ip netns exec far /run/elsewhere --port 6379 --protected-mode no --save "" --daemonize yes --dir /run --tcp-keepalive 60 >/dev/null
mkdir -p /etc/redis /var/lib/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndir /var/lib/redis\nreplicaof 10.0.8.2 6379\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
