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
/usr/bin/python3 /tmp/server.py >/dev/null 2>&1 </dev/null &
a_client
until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }
ask 1
ask 2
