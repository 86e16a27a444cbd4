ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
ask "show stat" | grep -q "^app,web-3,.*,MAINT," || exit 1
ask "show stat" | grep -q "^app,web-2,.*,DRAIN" || exit 1
ask "show servers state app" | grep -q " web-1 10.0.9.11 2 0 0 1 " || exit 1
ask "show stat" | grep -q "^app,web-4,.*,UP," || exit 1
ask "show servers state other" | grep -q " s2 10.0.9.12 0 1 " || exit 1
perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy-master.sock") or exit 1; print $s "show proc\n"; $s->shutdown(1); print while <$s>' | grep -q 'master *1 \[failed: 0\]'
