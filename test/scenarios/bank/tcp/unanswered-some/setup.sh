echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip link add near type veth peer name away
ip addr add 10.9.1.2/24 dev near
ip link set near up
ip link set away up
# The other host is gone, and nothing says so.
ip neigh replace 10.9.1.1 lladdr 02:00:00:00:00:99 dev near nud permanent
perl -e '
use Socket;
use Fcntl;
my @kept;
for (1 .. 20) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  fcntl($client, F_SETFL, O_NONBLOCK);
  connect($client, sockaddr_in(6379, inet_aton("10.9.1.1")));
  push @kept, $client;
}
open(my $mark, ">", "/run/held"); close $mark;
sleep 600' </dev/null >/dev/null 2>&1 &
