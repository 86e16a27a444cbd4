ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
test "$(ask "show servers state app" | awk '/ 10\./ { print $6, $7, $8 }' | sort -u)" = "2 0 0" && test "$(curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1/)" = 503
