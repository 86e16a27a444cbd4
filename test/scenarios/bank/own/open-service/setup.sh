cat > /tmp/service.py <<'END'
import socket, sys, time
a = socket.socket(); a.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); a.bind((sys.argv[1], 7000)); a.listen(16)
c = [socket.create_connection(("127.0.0.1", 7000)) for _ in range(4)]
s = [a.accept()[0] for _ in range(4)]
if sys.argv[2] == "close":
    for one in c: one.close()
time.sleep(1000)
END
/usr/bin/python3 /tmp/service.py 0.0.0.0 keep </dev/null >/dev/null 2>&1 &
