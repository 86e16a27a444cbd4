test -e /run/user/waits && test ! -e /run/user/ran || exit 1
ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
test "$(ask "show stat" | grep -c "^app,web-.*,UP,")" = 4 || exit 1
test "$(grep -c '^  server ' /etc/haproxy/haproxy.cfg)" = 4 || exit 1
grep -q '^  server web-4 10.0.9.14:8080 check inter 500ms$' /etc/haproxy/haproxy.cfg || exit 1
grep -q '^  server web-2 10.0.9.12:8080 check inter 500ms weight 2 # half a machine$' /etc/haproxy/haproxy.cfg || exit 1
test "$(stat -c %a /etc/haproxy/haproxy.cfg)" = 644 || exit 1
haproxy -c -q -f /etc/haproxy/haproxy.cfg || exit 1
perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy-master.sock") or exit 1; print $s "show proc\n"; $s->shutdown(1); print while <$s>' | grep -q 'master *0 \[failed: 0\]' || exit 1
{ for n in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -fs http://127.0.0.1/ || exit 1; done; } | grep -q '^10.0.9.14$'
