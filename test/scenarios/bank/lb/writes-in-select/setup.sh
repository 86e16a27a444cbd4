cat > /tmp/server.pl <<'END'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
  $client->blocking(0);
  my $left = 50_000_000;
  while ($left > 0) {
    vec(my $out = '', fileno($client), 1) = 1;
    select(undef, $out, undef, undef);
    my $n = syswrite($client, 'x' x 65536);
    last unless defined $n;
    $left -= $n;
  }
  close $client;
}
END
starts perl /tmp/server.pl
a_client
ask 1
until ss -Htn state established 'sport = :8080' | awk '$2 > 100000 { found = 1 } END { exit !found }'; do sleep 0.05; done
ask 1
