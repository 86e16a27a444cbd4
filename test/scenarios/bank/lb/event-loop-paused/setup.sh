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
starts /usr/bin/python3 /tmp/server.py
a_client
idle 2
ask 1
