cat > /tmp/server.py <<'PY'
import socket
listener = socket.create_server(("0.0.0.0", 8080), backlog=50)
while True:
    client, _ = listener.accept()
    client.settimeout(600)
    try:
        client.recv(4096)
        client.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 50000000)
    except OSError:
        pass
    client.close()
PY
starts /usr/bin/python3 /tmp/server.py
a_client
ask 1
until ss -Htn state established 'sport = :8080' | awk '$2 > 100000 { found = 1 } END { exit !found }'; do sleep 0.05; done
