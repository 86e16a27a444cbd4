ip netns add far
ip link add near type veth peer name far0 netns far
ip addr add 10.0.8.1/24 dev near
ip link set near up
ip -n far addr add 10.0.8.2/24 dev far0
ip -n far link set far0 up
ip -n far link set lo up
mkdir -p /etc/redis /var/lib/redis
ip netns exec far redis-server --port 6379 --protected-mode no --save "" --daemonize yes --pidfile /run/far.pid >/dev/null
cat > /run/client.py <<'END'
import os, socket, sys, time
s = socket.create_connection(("10.0.8.2", 6379))

s.sendall(b"PING\r\n")
s.recv(100)
print("connected", flush=True)
while True:
    time.sleep(0.2)
    if os.path.exists("/run/go"): break
s.sendall(b"PING\r\n")
s.recv(100)
print("answered", flush=True)
time.sleep(1000)
END
/usr/bin/python3 /run/client.py > /run/client.out 2>&1 &
until grep -q connected /run/client.out; do sleep 0.1; done
kill -STOP "$(cat /run/far.pid)"
touch /run/go
