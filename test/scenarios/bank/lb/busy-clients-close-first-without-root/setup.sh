cat > /tmp/server.pl <<'PL'
use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
  sysread($client, my $request, 4096);
  select(undef, undef, undef, 0.4);
  print $client "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"; $client->flush;
  sysread($client, $request, 4096);
  close $client;
}
PL
starts perl /tmp/server.pl
cat > /tmp/load.pl <<'PL'
use IO::Socket::INET;
while (1) {
  my $s = IO::Socket::INET->new(PeerAddr => '10.0.9.1', PeerPort => 8080) or next;
  print $s "GET / HTTP/1.1\r\nHost: here\r\n\r\n"; $s->flush;
  sysread($s, my $answer, 4096);
  close $s;
  open my $served, '>', '/tmp/served'; close $served;
}
PL
for n in 1 2 3 4; do perl /tmp/load.pl >/dev/null 2>&1 </dev/null & done
