ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
test "$(ask "show stat" | grep -c "^app,web-.*,UP,")" = 3 || exit 1
test "$(grep -c '^  server ' /etc/haproxy/haproxy.cfg)" = 3 || exit 1
! ask "show servers state" | grep -q web-4 || exit 1
! grep -q web-4 /etc/haproxy/haproxy.cfg || exit 1
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -fs http://127.0.0.1/ || exit 1; done > /dev/null
