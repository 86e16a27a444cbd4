# What the setups of this family have in common; put before each of them.
# Writes /tmp/client.pl.
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
