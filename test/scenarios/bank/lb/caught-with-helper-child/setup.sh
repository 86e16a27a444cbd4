cat > /tmp/server.py <<'PY'
import socket, subprocess
listener = socket.create_server(("0.0.0.0", 8080), backlog=5)
subprocess.Popen(["sleep", "3600"], pass_fds=[listener.fileno()])
while True:
    client, _ = listener.accept()
    client.recv(4096)
    client.close()
PY
starts /usr/bin/python3 /tmp/server.py
a_client
idle 1
ask 1
