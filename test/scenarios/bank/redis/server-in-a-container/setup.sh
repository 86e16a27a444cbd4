ip netns add cache
ip link add inner type veth peer name cache0 netns cache
ip addr add 172.17.0.1/24 dev inner
ip link set inner up
ip -n cache addr add 172.17.0.2/24 dev cache0
ip -n cache link set cache0 up
ip -n cache link set lo up
ip netns exec cache redis-server --port 6379 --protected-mode no --tcp-keepalive 60 --save "" --daemonize yes >/dev/null
until redis-cli -h 172.17.0.2 PING | grep -q PONG; do sleep 0.1; done
{ sleep 1000 | redis-cli -h 172.17.0.2; } >/dev/null 2>&1 &
