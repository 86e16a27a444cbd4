cat > /tmp/server.pl <<'END'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 8081, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
  while (defined(my $line = <$client>)) { last if $line =~ /^\r?\n$/ }
  print $client "HTTP/1.0 200 OK\r\nConnection: close\r\n\r\nhello\n";
  close $client;
}
END
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &

cat > /tmp/haproxy.cfg <<'END'
listen app_8081
    mode http
    bind :8080
    option httpclose
    timeout http-request 70s
    timeout client 70s
    timeout connect 5s
    timeout queue 30s
    timeout server 60s
    server app 127.0.0.1:8081 maxconn 1
END
haproxy -D -f /tmp/haproxy.cfg

a_client
until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }
idle 5
until perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new("10.0.9.1:8080") or die; print $s "GET / HTTP/1.0\r\n\r\n"; exit(join("", <$s>) !~ /hello/)'; do sleep 0.1; done
