cat > /tmp/server.pl <<'PL'
use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
  defined sysread($client, my $request, 4096) or next;
  select(undef, undef, undef, 1.5);
  print $client "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello\n";
  close $client;
  open my $served, '>', '/tmp/served'; close $served;
}
PL
starts perl /tmp/server.pl
a_resetting_client
for n in 1 2 3 4; do perl /tmp/resetting.pl 2 >/dev/null 2>&1 </dev/null & sleep 0.4; done
