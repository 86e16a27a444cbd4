cat > /tmp/database.pl <<'END'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '10.0.9.1', LocalPort => 5432, Listen => 5, ReuseAddr => 1) or die $!;
my @held; while (my $client = $listener->accept) { push @held, $client }
END
perl /tmp/database.pl >/dev/null 2>&1 </dev/null &
until ss -Hltn 'sport = :5432' | grep -q .; do sleep 0.05; done
cat > /tmp/server.pl <<'END'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
my $database = IO::Socket::INET->new(PeerAddr => '10.0.9.1', PeerPort => 5432) or die $!;
while (my $client = $listener->accept) {
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
  print $database "select 1\n"; $database->flush;
  print $client scalar <$database>;
  close $client;
}
END
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &

a_client
until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }
ask 1
ask 2
