mkdir -p /etc/redis
printf 'bind 10.0.9.1\n' > /etc/redis/redis.conf
sha256sum /etc/redis/redis.conf > /run/before
cat > /run/fake.py <<'END'
import os, socket, threading
with open("/proc/self/comm", "w") as comm:
    comm.write("redis-server")
os.setuid(65534)
listener = socket.create_server(("10.0.9.1", 6379))
VALUES = {"tcp-keepalive": "0", "timeout": "0"}
INFO = "redis_version:7.0.15\r\nredis_mode:standalone\r\nprocess_id:%d\r\nconfig_file:/etc/redis/redis.conf\r\n" % os.getpid()

def text(value):
    return "$%d\r\n%s\r\n" % (len(value), value)

def answer(words):
    name = words[0].upper()
    if name == "CONFIG" and words[1].upper() == "GET":
        return "*2\r\n" + text(words[2]) + text(VALUES.get(words[2], ""))
    return text(INFO) if name == "INFO" else "+OK\r\n"

def serve(client):
    lines = client.makefile("rb")
    for head in lines:
        if not head.startswith(b"*"):
            break
        words = []
        for _ in range(int(head[1:])):
            lines.readline()
            words.append(lines.readline().decode().strip())
        client.sendall(answer(words).encode())
        if words[0].upper() == "QUIT":
            break
    client.close()

while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
END
bash -c 'exec -a "redis-server 10.0.9.1:6379" /usr/bin/python3 /run/fake.py' </dev/null >/dev/null 2>&1 &
