ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
test "$(ask "show stat" | grep -c "^app,web-.*,UP,")" = 4 || exit 1
grep -q '^  server web-4 10.0.9.14:8080 check$' /etc/haproxy/conf.d/20-app.cfg || exit 1
ls /etc/haproxy/conf.d/*.cfg | grep -c . | grep -qx 2 || exit 1
haproxy -c -q -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/conf.d || exit 1
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -fs http://127.0.0.1/ || exit 1; done > /dev/null
