echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
ip addr add 10.9.0.3/24 dev lo
held first 10.9.0.2 10.9.0.2 30 6379 6380 6381 >/dev/null 2>/run/held.err &
perl -e '
use Socket;
my ($how, $from, $peer, $count, @ports) = @ARGV;
my (@kept, %server);
for my $port (@ports) {
  socket(my $server, PF_INET, SOCK_STREAM, 0);
  setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($server, sockaddr_in($port, inet_aton($peer))) or die "bind: $!";
  listen($server, 512);
  $server{$port} = $server;
}
for my $i (0 .. $count - 1) {
  my $port = $ports[$i % @ports];
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  setsockopt($client, 0, 24, 1) if $how eq "late";
  if ($how ne "plain") { bind($client, sockaddr_in(0, inet_aton($from))) or die "bind: $!" }
  connect($client, sockaddr_in($port, inet_aton($peer))) or die "connect: $!";
  accept(my $end, $server{$port});
  push @kept, $client, $end;
}
open(my $mark, ">", "/run/held2");
close $mark;
sleep 600' first 10.9.0.3 10.9.0.2 92 7379 7380 7381 7382 >/dev/null 2>/run/held.err &
