# What the setups of this family have in common; put before each of them.
# PROGRAM FILE: starts a server, and waits until somebody listens on 8080.
starts() {
"$@" >/dev/null 2>&1 </dev/null &
listens
}
listens() { until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done; }

# Writes /tmp/client.pl: connections to a port that stay, each with the text if one is given.
a_client() {
cat > /tmp/client.pl <<'END'
use IO::Socket::INET;
my ($port, $count, $text) = @ARGV;
$SIG{PIPE} = 'IGNORE';
my @held = map { IO::Socket::INET->new(PeerAddr => '10.0.9.1', PeerPort => $port) or die $! } 1 .. $count;
if ($text) { for (@held) { print $_ $text; $_->flush } }
open my $up, '>', "/tmp/client.$$"; close $up;
sleep 3600;
END
}
# NUMBER: so many connections to 8080 without a word; with a request each.
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }

# Writes /tmp/server.pl, the most used.
a_server() {
cat > /tmp/server.pl <<'END'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
  print $client "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello\n";
  close $client;
}
END
}

# Starts a single-threaded python server on 8080.
a_python_server() {
cat > /tmp/server.py <<'PY'
import socket
listener = socket.create_server(("10.0.9.1", 8080), backlog=50)
while True:
    client, _ = listener.accept()
    try:
        client.recv(4096)
        client.sendall(b"HTTP/1.0 200 OK\r\n\r\nhello\n")
    except OSError:
        pass
    client.close()
PY
starts /usr/bin/python3 /tmp/server.py
}

# Writes /tmp/resetting.pl SECONDS: asks 8080 again and again, and resets (no FIN) what is not answered in time.
a_resetting_client() {
cat > /tmp/resetting.pl <<'PL'
use IO::Socket::INET;
use Socket qw(SOL_SOCKET SO_LINGER);
$SIG{PIPE} = 'IGNORE';
while (1) {
  my $s = IO::Socket::INET->new(PeerAddr => '10.0.9.1', PeerPort => 8080, Timeout => 2);
  if (!$s) { select(undef, undef, undef, 0.2); next }
  setsockopt($s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0));
  print $s "GET / HTTP/1.1\r\nHost: here\r\n\r\n"; $s->flush;
  vec(my $in = '', fileno($s), 1) = 1;
  if (!select($in, undef, undef, $ARGV[0])) { open my $reset, '>', '/tmp/reset'; close $reset }
  close $s;
}
PL
}

# Starts a server on 8081 and HAProxy on 8080 before it, as the advice says.
a_server_behind_haproxy() {
cat > /tmp/server.pl <<'END'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 8081, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
  print $client "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello\n";
  close $client;
}
END
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &
cat > /tmp/haproxy.cfg <<'END'
listen app_8081
    mode http
    bind :8080
    option httpclose
    timeout http-request 70s
    timeout client 70s
    timeout connect 5s
    timeout queue 30s
    timeout server 60s
    server app 127.0.0.1:8081 maxconn 1
END
haproxy -D -f /tmp/haproxy.cfg
listens
}

# Starts a server of four processes with one listener.
four_workers() {
cat > /tmp/server.pl <<'END'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8080, Listen => 16, ReuseAddr => 1) or die $!;
for (1 .. 4) {
  next if fork;
  while (my $client = $listener->accept) {
    while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
    print $client "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello\n";
    close $client;
  }
}
1 while wait > 0;
END
starts perl /tmp/server.pl
}

# Starts a server that takes 0.4 s a request, and four clients that ask all the time.
a_slow_server_under_load() {
cat > /tmp/server.pl <<'END'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
  select(undef, undef, undef, 0.4);
  print $client "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello\n";
  close $client;
}
END
starts perl /tmp/server.pl
cat > /tmp/load.pl <<'END'
use IO::Socket::INET;
for (1 .. 4) {
  next if fork;
  while (1) {
    my $s = IO::Socket::INET->new(PeerAddr => '10.0.9.1', PeerPort => 8080) or next;
    print $s "GET / HTTP/1.0\r\n\r\n";
    1 while <$s>;
  }
}
1 while wait > 0;
END
perl /tmp/load.pl >/dev/null 2>&1 </dev/null &
}

# Starts a server with a thread for each connection.
a_threaded_server() {
cat > /tmp/server.py <<'END'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
ThreadingHTTPServer(("0.0.0.0", 8080), BaseHTTPRequestHandler).serve_forever()
END
starts /usr/bin/python3 /tmp/server.py
}

# [STATEMENT]: starts a single-threaded server that keeps connections; the statement is carried out for each.
a_keep_alive_server() {
cat > /tmp/server.py <<END
import socket
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("0.0.0.0", 8080))
listener.listen(5)
while True:
    client, _ = listener.accept()
    ${1:-pass}
    text = b""
    try:
        while True:
            got = client.recv(4096)
            if not got:
                break
            text += got
            while b"\\r\\n\\r\\n" in text:
                text = text.split(b"\\r\\n\\r\\n", 1)[1]
                client.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except OSError:
        pass
    client.close()
END
starts /usr/bin/python3 /tmp/server.py
}
