echo "40000 40999" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
perl -e '
use Socket;
my ($peer, $port, $count) = @ARGV;
socket(my $server, PF_INET, SOCK_STREAM, 0);
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
bind($server, sockaddr_in($port, inet_aton($peer))) or die "bind: $!";
listen($server, 512);
for (1 .. $count) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  connect($client, sockaddr_in($port, inet_aton($peer))) or die "connect: $!";
  accept(my $end, $server);
  close $client;
  close $end;
  select(undef, undef, undef, 0.002);
}' 10.9.0.2 6379 1000
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
