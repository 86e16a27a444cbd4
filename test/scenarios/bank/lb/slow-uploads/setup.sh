cat > /tmp/server.py <<'PY'
import socket
listener = socket.create_server(("0.0.0.0", 8080), backlog=50)
while True:
    client, _ = listener.accept()
    try:
        client.recv(4096)
        client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        while client.recv(4096):
            pass
        client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello\n")
    except OSError:
        pass
    client.close()
PY
starts /usr/bin/python3 /tmp/server.py
cat > /tmp/upload.pl <<'PL'
use IO::Socket::INET;
while (1) {
  my $s = IO::Socket::INET->new('10.0.9.1:8080') or next;
  print $s "PUT / HTTP/1.1\r\nHost: here\r\nExpect: 100-continue\r\nContent-Length: 8\r\n\r\n"; $s->flush;
  sysread($s, my $continue, 4096);
  for (1 .. 8) { select(undef, undef, undef, 0.2); print $s 'x'; $s->flush }
  shutdown($s, 1);
  1 while <$s>;
  open my $served, '>', '/tmp/served'; close $served;
}
PL
for n in 1 2 3 4; do perl /tmp/upload.pl >/dev/null 2>&1 </dev/null & done
