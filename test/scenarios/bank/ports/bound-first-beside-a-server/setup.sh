echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
perl -e '
use Socket;
my @kept;
socket(my $server, PF_INET, SOCK_STREAM, 0);
bind($server, sockaddr_in(40051, inet_aton("10.9.0.2"))) or die;
listen($server, 512);
for (1 .. 150) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  bind($client, sockaddr_in(20000 + $_, inet_aton("10.9.0.2"))) or die;
  connect($client, sockaddr_in(40051, inet_aton("10.9.0.2"))) or die;
  accept(my $end, $server);
  push @kept, $client, $end;
}
open(my $mark, ">", "/run/served");
sleep 600' >/dev/null 2>&1 &
until [ -e /run/served ]; do sleep 0.1; done
held first 10.9.0.2 10.9.0.2 90 6379 6380 6381 6382 6383 >/dev/null 2>/run/held.err &
