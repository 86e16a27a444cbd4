a_server
starts perl /tmp/server.pl
a_client
idle 1
for n in 1 2 3; do perl -MIO::Socket::INET -e 'IO::Socket::INET->new("10.0.9.1:8080") or die'; done
