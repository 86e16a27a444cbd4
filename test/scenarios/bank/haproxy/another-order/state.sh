ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
test "$(ask "show stat" | grep "^app,web-.*,UP," | cut -d , -f 2 | tr '\n' ' ')" = "web-3 web-1 web-2 "
