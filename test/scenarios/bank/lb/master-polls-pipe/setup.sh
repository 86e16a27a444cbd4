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
starts /usr/bin/python3 /tmp/server.py
a_client
idle 2
ask 1
