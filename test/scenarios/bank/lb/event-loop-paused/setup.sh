cat > /tmp/server.py <<'END'
import selectors, socket
listener = socket.create_server(("0.0.0.0", 8080), backlog=5)
loop = selectors.EpollSelector()
loop.register(listener, selectors.EVENT_READ)
for _ in range(2):
    loop.select()
    client, _ = listener.accept()
    loop.register(client, selectors.EVENT_READ)
loop.unregister(listener)
while True:
    loop.select()
END
/usr/bin/python3 /tmp/server.py >/dev/null 2>&1 </dev/null &

a_client
until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }
idle 2
ask 1
