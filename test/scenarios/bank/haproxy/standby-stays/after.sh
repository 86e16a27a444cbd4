ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
test "$(grep -c 10.0.9.14 /etc/haproxy/haproxy.cfg)" = 1 || exit 1
grep -q '^  server web-5 10.0.9.15:8080 check inter 500ms$' /etc/haproxy/haproxy.cfg || exit 1
test "$(ask "show servers state app" | grep -c 10.0.9.14)" = 1 || exit 1
! { for n in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -fs http://127.0.0.1/ || exit 1; done; } | grep -q '^10.0.9.14$'
