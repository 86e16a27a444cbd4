# What the setups of this family have in common; put before each of them.
# ADDRESS...: servers on port 8080 that answer with their address.
# Asked for with &: exec, since the shell of a function that stayed would hold the output that is waited for.
backends() {
exec perl -MIO::Socket::INET -MIO::Select -e '
  $s = IO::Select->new;
  for (@ARGV) { $l = IO::Socket::INET->new(LocalAddr => $_, LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die; $name{$l} = $_; $s->add($l) }
  while (@r = $s->can_read) { for (@r) { $c = $_->accept or next; sysread $c, $b, 4096; print $c "HTTP/1.0 200 OK\r\n\r\n$name{$_}\n"; close $c } }
' "$@"
}

# COMMAND: what the runtime API answers.
ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }

# ADDRESS...: the HAProxy that was just started has these servers of app and no other, all UP, and requests are answered.
serves() {
for a; do ip addr add $a/32 dev lo; done
backends "$@" < /dev/null > /dev/null 2>&1 &
wanted=$(printf '%s 2 0\n' "$@")
n=0; until [ "$(ask "show servers state app" | awk '/ 10\./ { print $5, $6, $7 }' | sort)" = "$wanted" ]; do n=$((n + 1)); test $n -lt 100 || { ask "show servers state app"; return 1; }; sleep 0.1; done
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -fs http://127.0.0.1/ || return 1; done > /dev/null
}
