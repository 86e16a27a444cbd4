# Another machine: a managed Redis, which has no CONFIG.
far_network
cp "$(command -v redis-server)" /run/elsewhere
ip netns exec far /run/elsewhere --port 6379 --protected-mode no --save "" --daemonize yes --rename-command CONFIG "" >/dev/null
until redis-cli -h 10.0.8.2 PING | grep -q PONG; do sleep 0.1; done
cat > /run/client.py <<'END'
import socket, time
kept = []
for i in range(3):
    s = socket.create_connection(("10.0.8.2", 6379))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 60)
    s.sendall(b"PING\r\n")
    s.recv(100)
    kept.append(s)
open("/run/connected", "w")
time.sleep(1000)
END
/usr/bin/python3 /run/client.py </dev/null >/dev/null 2>&1 &
until [ -e /run/connected ]; do sleep 0.1; done
