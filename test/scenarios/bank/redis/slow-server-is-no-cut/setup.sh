# Another machine: a Redis in a network of its own, under a name that no look for servers here finds.
far_network
cp "$(command -v redis-server)" /run/elsewhere
ip netns exec far /run/elsewhere --port 6379 --protected-mode no --save "" --daemonize yes --pidfile /run/far.pid >/dev/null
until redis-cli -h 10.0.8.2 PING | grep -q PONG; do sleep 0.1; done
cat > /run/client.py <<'END'
import os, socket, time
s = socket.create_connection(("10.0.8.2", 6379))
s.sendall(b"PING\r\n")
s.recv(100)
open("/run/connected", "w")
while not os.path.exists("/run/go"):
    time.sleep(0.2)
s.sendall(b"PING\r\n")
s.recv(100)
open("/run/answered", "w")
time.sleep(1000)
END
/usr/bin/python3 /run/client.py </dev/null >/dev/null 2>&1 &
until [ -e /run/connected ]; do sleep 0.1; done
kill -STOP "$(cat /run/far.pid)"
touch /run/go
