cat > /tmp/server.py <<'END'
import os, select, socket
listener = socket.create_server(("0.0.0.0", 8080), backlog=16)
for _ in range(2):
    if os.fork() == 0:
        while True:
            client, _ = listener.accept()
            client.recv(4096)
            client.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
            client.close()
wakes, _ = os.pipe()
while True:
    select.select([wakes], [], [], 1.0)
END
/usr/bin/python3 /tmp/server.py >/dev/null 2>&1 </dev/null &
a_client
until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }
idle 2
ask 1
