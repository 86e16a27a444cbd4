ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
ask "show stat" | grep -q "^app,web-3,.*,MAINT," && ask "show stat" | grep -q "^app,web-2,.*,DRAIN" && ask "show stat" | grep -q "^app,web-1,.*,\(UP\|DRAIN\)," && ask "show servers state other" | grep -q " s2 10.0.9.12 0 1 "
