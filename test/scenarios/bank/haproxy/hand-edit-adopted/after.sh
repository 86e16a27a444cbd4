ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
test "$(ask "show stat" | grep -c "^app,web-.*,UP,")" = 4 || exit 1
test "$(grep -c '^  server ' /etc/haproxy/haproxy.cfg)" = 4 || exit 1
grep -q 'timeout connect 2s' /etc/haproxy/haproxy.cfg && cmp -s /etc/haproxy/haproxy.cfg /var/lib/runbolt/haproxy/%etc%haproxy%haproxy.cfg
