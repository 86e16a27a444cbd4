cat > /tmp/server.py <<'END'
import socket
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("0.0.0.0", 8080))
listener.listen(5)
while True:
    client, _ = listener.accept()
    client.settimeout(60)
    text = b""
    try:
        while True:
            got = client.recv(4096)
            if not got:
                break
            text += got
            while b"\r\n\r\n" in text:
                text = text.split(b"\r\n\r\n", 1)[1]
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    except OSError:
        pass
    client.close()
END
/usr/bin/python3 /tmp/server.py >/dev/null 2>&1 </dev/null &

a_client
until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }
idle 1
ask 1
