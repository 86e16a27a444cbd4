a_server
starts perl /tmp/server.pl
a_client
perl -MIO::Socket::INET -e '$l = IO::Socket::INET->new(LocalAddr => "10.0.9.1", LocalPort => 9090, Listen => 5) or die; while ($c = $l->accept) { my $until = time + 60; 1 while time < $until }' >/dev/null 2>&1 </dev/null &
until ss -Hltn 'sport = :9090' | grep -q .; do sleep 0.05; done
idle 1
ask 1
for n in 1 2; do perl /tmp/client.pl 9090 1 hello >/dev/null 2>&1 </dev/null & wait_for $!; done
