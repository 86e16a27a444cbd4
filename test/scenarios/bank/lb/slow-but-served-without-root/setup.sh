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
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &

until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done

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
