cat > /tmp/greets.pl <<'PL'
use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die $!;
while (my $client = $listener->accept) {
  select(undef, undef, undef, 0.5);
  print $client "220 here\r\n";
  close $client;
  open my $greeted, '>', '/tmp/greeted'; close $greeted;
}
PL
starts perl /tmp/greets.pl
for n in 1 2 3 4 5 6 7 8 9 10; do
  perl -MIO::Socket::INET -e 'while (1) { my $s = IO::Socket::INET->new("10.0.9.1:8080") or next; 1 while sysread($s, my $words, 4096) }' >/dev/null 2>&1 </dev/null &
done
