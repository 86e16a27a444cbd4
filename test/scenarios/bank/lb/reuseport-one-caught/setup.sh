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
until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }
idle 1
ask 16
