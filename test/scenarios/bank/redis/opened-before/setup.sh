mkdir -p /etc/redis
ip link add near type veth peer name near1
ip netns add far
ip link set near1 netns far
ip addr add 10.0.8.1/24 dev near
ip link set near up
ip -n far addr add 10.0.8.2/24 dev near1
ip -n far link set near1 up
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
until redis-cli CONFIG SET tcp-keepalive 0 | grep -q OK; do sleep 0.1; done
{ sleep 1000 | ip netns exec far redis-cli -h 10.0.8.1; } >/dev/null 2>&1 &
until ss -Htn state established src 10.0.8.1 | grep -q .; do sleep 0.1; done
redis-cli CONFIG SET tcp-keepalive 60
