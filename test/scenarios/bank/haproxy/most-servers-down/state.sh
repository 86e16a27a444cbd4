ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
test "$(ask "show stat" | grep -c "^app,web-.*,UP,")" = 1 && test "$(ask "show stat" | grep -c "^app,web-.*,DOWN,")" = 2
