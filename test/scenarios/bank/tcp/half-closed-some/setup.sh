echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
perl -e '
use Socket;
my ($how, $count) = @ARGV;
my @kept;
socket(my $server, PF_INET, SOCK_STREAM, 0);
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
bind($server, sockaddr_in(6379, inet_aton("10.9.0.2"))) or die "bind: $!";
listen($server, 512);
for (1 .. $count) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  connect($client, sockaddr_in(6379, inet_aton("10.9.0.2"))) or die "connect: $!";
  accept(my $end, $server);
  shutdown($how eq "server" ? $end : $client, 1);
  push @kept, $client, $end;
}
open(my $mark, ">", "/run/held"); close $mark;
sleep 600' client 20 >/dev/null 2>/run/held.err &
