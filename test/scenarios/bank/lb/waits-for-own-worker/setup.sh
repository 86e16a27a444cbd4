cat > /tmp/server.pl <<'PL'
use IO::Socket::INET;
my ($clients, $workers) = map { IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => $_, Listen => 5, ReuseAddr => 1) or die $! } 8080, 9090;
my $worker = $workers->accept;
while (my $client = $clients->accept) {
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
  print $worker "do it\n"; $worker->flush;
  print $client "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n", scalar <$worker>;
  close $client;
}
PL
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &
a_client
for port in 8080 9090; do until ss -Hltn "sport = :$port" | grep -q .; do sleep 0.05; done; done
perl /tmp/client.pl 9090 1 '' >/dev/null 2>&1 </dev/null &
until [ -e "/tmp/client.$!" ]; do sleep 0.05; done
perl /tmp/client.pl 8080 3 "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null &
until [ -e "/tmp/client.$!" ]; do sleep 0.05; done
