cat > /tmp/server.py <<'PY'
import socket
listener = socket.create_server(("0.0.0.0", 8080), backlog=50)
while True:
    client, _ = listener.accept()
    client.settimeout(3)
    try:
        if client.recv(4096):
            client.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
    except OSError:
        pass
    client.close()
PY
starts /usr/bin/python3 /tmp/server.py
for n in 1 2 3; do
  perl -MIO::Socket::INET -e 'while (1) { my $s = IO::Socket::INET->new("10.0.9.1:8080") or next; sysread($s, my $end, 1) }' >/dev/null 2>&1 </dev/null &
done
cat > /tmp/asks.pl <<'END'
use IO::Socket::INET;
use Time::HiRes qw(time);
while (1) {
  my $since = time;
  my $s = IO::Socket::INET->new("10.0.9.1:8080") or next;
  print $s "GET / HTTP/1.0\r\n\r\n"; $s->flush;
  1 while sysread($s, my $answer, 4096);
  open my $times, '>>', '/tmp/times'; printf $times "%.3f\n", time - $since;
}
END
for n in 1 2; do perl /tmp/asks.pl >/dev/null 2>&1 </dev/null & done
