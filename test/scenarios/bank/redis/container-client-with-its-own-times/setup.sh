# A container that uses Redis: a network of its own, behind this host, as Docker has it.
ip netns add shop
ip link add inner type veth peer name shop0 netns shop
ip addr add 172.17.0.1/24 dev inner
ip link set inner up
ip -n shop addr add 172.17.0.2/24 dev shop0
ip -n shop link set shop0 up
ip -n shop route add default via 172.17.0.1
echo 1 > /proc/sys/net/ipv4/ip_forward
# Another machine: a Redis in a network of its own, under a name that no look for servers here finds.
far_network
ip -n far route add 172.17.0.0/24 via 10.0.8.1
cp "$(command -v redis-server)" /run/elsewhere
ip netns exec far /run/elsewhere --port 6379 --protected-mode no --save "" --daemonize yes --rename-command CONFIG "" >/dev/null
until redis-cli -h 10.0.8.2 PING | grep -q PONG; do sleep 0.1; done
cat > /run/client.py <<'END'
import os, socket, time
s = socket.create_connection(("10.0.8.2", 6379))
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
s.sendall(b"PING\r\n")
s.recv(100)
open("/run/connected", "w")
time.sleep(1000)
END
ip netns exec shop /usr/bin/python3 /run/client.py </dev/null >/dev/null 2>&1 &
until [ -e /run/connected ]; do sleep 0.1; done
