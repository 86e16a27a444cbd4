ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
test "$(ask "show stat" | grep -c "^app,.*,DOWN,")" = 3 && curl -fs http://127.0.0.1/ | grep -q 10.0.9.14
