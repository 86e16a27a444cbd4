mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntimeout 3000\ntcp-keepalive 120\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
until redis-cli PING | grep -q PONG; do sleep 0.1; done
ip netns add far
ip link add near type veth peer name far0 netns far
ip addr add 10.0.8.1/24 dev near
ip link set near up
ip -n far addr add 10.0.8.2/24 dev far0
ip -n far link set far0 up
{ sleep 1000 | ip netns exec far redis-cli -h 10.0.8.1; } >/dev/null 2>&1 &
