a_server
perl /tmp/server.pl >/dev/null 2>&1 </dev/null &

a_client
until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle() { perl /tmp/client.pl 8080 "$1" '' >/dev/null 2>&1 </dev/null & wait_for $!; }
ask() { perl /tmp/client.pl 8080 "$1" "$(printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n.')" >/dev/null 2>&1 </dev/null & wait_for $!; }
wait_for() { until [ -e "/tmp/client.$1" ]; do sleep 0.05; done; }
idle 1
for n in 1 2 3; do perl -MIO::Socket::INET -e 'IO::Socket::INET->new("10.0.9.1:8080") or die'; done
