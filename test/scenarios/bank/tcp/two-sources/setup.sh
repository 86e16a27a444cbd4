echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
ip addr add 10.9.0.3/24 dev lo
perl -e '
use Socket;
socket(my $server, PF_INET, SOCK_STREAM, 0);
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
bind($server, sockaddr_in(6379, inet_aton("10.9.0.2"))) or die;
listen($server, 512);
for my $i (1 .. 110) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  # IP_BIND_ADDRESS_NO_PORT: the port is chosen by connect.
  setsockopt($client, 0, 24, 1);
  bind($client, sockaddr_in(0, inet_aton($i % 2 ? "10.9.0.2" : "10.9.0.3"))) or die;
  connect($client, sockaddr_in(6379, inet_aton("10.9.0.2"))) or die;
  accept(my $end, $server);
  close $client;
  close $end;
}
open(my $mark, ">", "/run/done");'
