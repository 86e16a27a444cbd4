[ "$(ss -Htn state established 'sport = :8080' | wc -l)" = 5 ] &&
  perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new("10.0.9.1:8080") or die; print $s "GET / HTTP/1.0\r\n\r\n"; exit(join("", <$s>) !~ /hello/)'
