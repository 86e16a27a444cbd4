# What the setups of this family have in common; put before each of them.
# ADDRESS...: servers on port 8080 that answer with their address.
backends() {
perl -MIO::Socket::INET -MIO::Select -e '
  $s = IO::Select->new;
  for (@ARGV) { $l = IO::Socket::INET->new(LocalAddr => $_, LocalPort => 8080, Listen => 64, ReuseAddr => 1) or die; $name{$l} = $_; $s->add($l) }
  while (@r = $s->can_read) { for (@r) { $c = $_->accept or next; sysread $c, $b, 4096; print $c "HTTP/1.0 200 OK\r\n\r\n$name{$_}\n"; close $c } }
' "$@"
}
