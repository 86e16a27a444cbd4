echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
perl -e '
use Socket;
for (1 .. 95) {
  socket(my $client, PF_INET, SOCK_DGRAM, 0);
  connect($client, sockaddr_in(53, inet_aton("10.9.0.2"))) or die;
  push @kept, $client;
}
open(my $mark, ">", "/run/held");
sleep 600' >/dev/null 2>&1 &
