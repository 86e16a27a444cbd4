cat > /tmp/database.py <<'END'
import socket
listener = socket.socket(socket.AF_UNIX)
listener.bind("/tmp/database")
listener.listen(5)
held = []
while True:
    held.append(listener.accept())
END
/usr/bin/python3 /tmp/database.py >/dev/null 2>&1 </dev/null &
cat > /tmp/server.py <<'END'
import socket
listener = socket.create_server(("0.0.0.0", 8080), backlog=5)
while True:
    client, _ = listener.accept()
    client.recv(4096)
    database = socket.socket(socket.AF_UNIX)
    database.connect("/tmp/database")
    client.sendall(database.recv(4096))
    client.close()
END
until [ -S /tmp/database ]; do sleep 0.05; done
starts /usr/bin/python3 /tmp/server.py
a_client
ask 1
ask 2
