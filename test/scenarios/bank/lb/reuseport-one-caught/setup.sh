cat > /tmp/server.pl <<'END'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8080, Listen => 16, ReusePort => 1) or die $!;
while (my $client = $listener->accept) {
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
  print $client "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello\n";
  close $client;
}
END
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &
until [ "$(ss -Hltn 'sport = :8080' | wc -l)" = 2 ]; do sleep 0.05; done
a_client
idle 1
ask 16
