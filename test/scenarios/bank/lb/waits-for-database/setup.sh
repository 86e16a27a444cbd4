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
starts perl /tmp/server.pl
a_client
ask 1
ask 2
