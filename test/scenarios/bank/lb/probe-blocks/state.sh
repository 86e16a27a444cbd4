[ "$(ss -Hltn 'sport = :8080' | awk '{ print $2 }')" = 0 ] &&
  perl -MIO::Socket::INET -e 'alarm 5; $s = IO::Socket::INET->new("10.0.9.1:8080") or die; print $s "GET / HTTP/1.0\r\n\r\n"; exit(join("", <$s>) !~ /^HTTP/)'
