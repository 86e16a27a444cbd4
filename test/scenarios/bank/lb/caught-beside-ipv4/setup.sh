a_server
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &
cat > /tmp/six.py <<'PY'
import socket
listener = socket.create_server(("::", 8080), family=socket.AF_INET6, backlog=50)
while True:
    client, _ = listener.accept()
    client.recv(4096)
    client.close()
PY
/usr/bin/python3 /tmp/six.py >/dev/null 2>&1 </dev/null &
until ss -Hltn 'sport = :8080' | grep -q '\[::\]'; do sleep 0.05; done
cat > /tmp/six-client.py <<'PY'
import socket, time
held = [socket.create_connection(("::1", 8080)) for _ in range(3)]
for one in held[1:]: one.sendall(b"GET / HTTP/1.0\r\n\r\n")
time.sleep(3600)
PY
/usr/bin/python3 /tmp/six-client.py >/dev/null 2>&1 </dev/null &
# of IPv4 there is always one that is being served
cat > /tmp/asks.pl <<'END'
use IO::Socket::INET;
while (1) {
  my $s = IO::Socket::INET->new('10.0.9.1:8080') or next;
  select(undef, undef, undef, 0.3);
  print $s "GET / HTTP/1.0\r\n\r\n"; $s->flush;
  1 while sysread($s, my $answer, 4096);
  open my $served, '>', '/tmp/served'; close $served;
}
END
perl /tmp/asks.pl >/dev/null 2>&1 </dev/null &
