a_server
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &

a_client
until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }

perl -MIO::Socket::INET -e '$l = IO::Socket::INET->new(LocalAddr => "10.0.9.1", LocalPort => 9090, Listen => 5) or die; while ($c = $l->accept) { my $until = time + 60; 1 while time < $until }' >/dev/null 2>&1 </dev/null &
until ss -Hltn 'sport = :9090' | grep -q .; do sleep 0.05; done
idle 1
ask 1
for n in 1 2; do perl /tmp/client.pl 9090 1 hello >/dev/null 2>&1 </dev/null & wait_for $!; done
