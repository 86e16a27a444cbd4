echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
# A proxy that is given source ports of its own, as HAProxy's `source 10.9.0.2:20000-20199`.
perl -e '
use Socket;
socket(my $server, PF_INET, SOCK_STREAM, 0);
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
bind($server, sockaddr_in(6379, inet_aton("10.9.0.2"))) or die;
listen($server, 512);
for (1 .. 195) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  bind($client, sockaddr_in(20000 + $_, inet_aton("10.9.0.2"))) or die;
  connect($client, sockaddr_in(6379, inet_aton("10.9.0.2"))) or die;
  accept(my $end, $server);
  push @kept, $client, $end;
}
open(my $mark, ">", "/run/held");
sleep 600' >/dev/null 2>&1 &
