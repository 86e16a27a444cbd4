far_by_ipv6
python3 -c 'import socket, time
s = socket.create_connection(("fd00:8::3", 6379))
time.sleep(1000)' </dev/null >/dev/null 2>&1 &
