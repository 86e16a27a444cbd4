cat > /tmp/server.py <<'END'
import socket, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
listener = socket.create_server(("0.0.0.0", 8080), backlog=5)
while True:
    client, _ = listener.accept()
    client.recv(4096)
    client.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
    client.close()
END
starts /usr/bin/python3 /tmp/server.py
a_client
idle 1
ask 1
