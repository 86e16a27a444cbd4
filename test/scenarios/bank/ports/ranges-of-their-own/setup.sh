echo "40000 40999" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
ulimit -n 4096
perl -e '
use Socket;
my (@kept, %server);
for my $port (6379 .. 6384) {
  socket(my $server, PF_INET, SOCK_STREAM, 0);
  setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($server, sockaddr_in($port, inet_aton("10.9.0.2"))) or die "bind: $!";
  listen($server, 512);
  $server{$port} = $server;
}
for my $i (0 .. 1499) {
  my $port = 6379 + $i % 6;
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  setsockopt($client, 0, 51, pack("L", 40999 << 16 | 40000)) or die "IP_LOCAL_PORT_RANGE: $!";
  connect($client, sockaddr_in($port, inet_aton("10.9.0.2"))) or die "connect: $!";
  accept(my $end, $server{$port});
  push @kept, $client, $end;
}
open(my $mark, ">", "/run/held"); close $mark;
sleep 600' >/dev/null 2>/run/held.err &
