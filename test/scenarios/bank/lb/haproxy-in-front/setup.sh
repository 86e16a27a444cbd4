a_server_behind_haproxy
a_client
idle 5
until perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new("10.0.9.1:8080") or die; print $s "GET / HTTP/1.0\r\n\r\n"; exit(join("", <$s>) !~ /hello/)'; do sleep 0.1; done
