echo "40000 40199" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
perl -e '
use Socket qw(:all);
my @kept;
for ([7000, PF_INET], [7001, PF_INET6]) {
  my ($port, $family) = @$_;
  socket(my $server, PF_INET, SOCK_STREAM, 0);
  bind($server, sockaddr_in($port, inet_aton("10.9.0.2"))) or die "bind: $!";
  listen($server, 512);
  my $to = $family == PF_INET ? sockaddr_in($port, inet_aton("10.9.0.2")) : sockaddr_in6($port, inet_pton(AF_INET6, "::ffff:10.9.0.2"));
  for (1 .. 90) {
    socket(my $client, $family, SOCK_STREAM, 0);
    connect($client, $to) or die "connect: $!";
    accept(my $end, $server);
    push @kept, $client, $end;
  }
}
open(my $mark, ">", "/run/held");
close $mark;
sleep 600' >/dev/null 2>/run/held.err </dev/null &
