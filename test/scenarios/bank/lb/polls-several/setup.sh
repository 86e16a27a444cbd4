cat > /tmp/server.py <<'END'
import select, socket
listener = socket.create_server(("0.0.0.0", 8080), backlog=5)
waits = select.poll()
held = [listener.accept()[0] for _ in range(2)]
for client in held:
    waits.register(client, select.POLLIN)
waits.poll()
END
starts /usr/bin/python3 /tmp/server.py
a_client
idle 2
ask 1
