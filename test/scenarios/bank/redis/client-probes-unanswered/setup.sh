far_network
ip addr add fd00:8::1/64 dev near nodad
ip -n far addr add fd00:8::2/64 dev far0 nodad
ip netns add room
ip link add side type veth peer name room0 netns room
ip addr add fd00:7::1/64 dev side nodad
ip link set side up
ip -n room addr add fd00:7::2/64 dev room0 nodad
ip -n room link set room0 up
ip -n room route add default via fd00:7::1
ip -n far route add default via fd00:8::1
sysctl -qw net.ipv6.conf.all.forwarding=1
cp "$(command -v redis-server)" /run/elsewhere
ip netns exec far /run/elsewhere --port 6379 --protected-mode no --tcp-keepalive 0 --save "" --daemonize yes >/dev/null
keepalive_is 0 -h fd00:8::2
cat > /run/client.py <<'CLIENT'
import socket, time
s = socket.create_connection(("fd00:8::2", 6379))
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
for option, value in ((socket.TCP_KEEPCNT, 100), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPIDLE, 1)):
    s.setsockopt(socket.IPPROTO_TCP, option, value)
time.sleep(1000)
CLIENT
python3 /run/client.py </dev/null >/dev/null 2>&1 &
ip netns exec room python3 /run/client.py </dev/null >/dev/null 2>&1 &
until [ "$(ip netns exec far ss -Htn state established 'sport = :6379' | wc -l)" = 2 ]; do sleep 0.1; done
ip netns exec far nft add table inet middle
ip netns exec far nft add chain inet middle in '{ type filter hook prerouting priority 0; }'
ip netns exec far nft add rule inet middle in tcp dport 6379 drop
