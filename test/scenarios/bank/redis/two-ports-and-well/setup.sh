far_network
two_ports 60
tls_client
python3 -c 'import socket, time
s = socket.create_server(("10.0.8.1", 6380))
a = s.accept()
time.sleep(1000)' </dev/null >/dev/null 2>&1 &
until ss -Hltn 'sport = :6380' | grep -q .; do sleep 0.1; done
ip netns exec far python3 -c 'import socket, time
s = socket.create_connection(("10.0.8.1", 6380))
time.sleep(1000)' </dev/null >/dev/null 2>&1 &
until ss -Htn state established 'sport = :6380' | grep -q .; do sleep 0.1; done
