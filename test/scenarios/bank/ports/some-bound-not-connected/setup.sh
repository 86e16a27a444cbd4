echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
perl -e '
use Socket;
my @kept;
for (1 .. $ARGV[0]) {
  socket(my $s, PF_INET, SOCK_STREAM, 0);
  bind($s, sockaddr_in(0, inet_aton("10.9.0.2"))) or die "bind: $!";
  push @kept, $s;
}
open(my $mark, ">", "/run/held");
close $mark;
sleep 600' 25 >/dev/null 2>&1 &
perl -e '
use Socket;
my @kept;
for (1 .. 100) { socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0); push @kept, $a, $b }
for (1 .. 40) { socket(my $u, PF_INET, SOCK_DGRAM, 0); bind($u, sockaddr_in(0, INADDR_ANY)); push @kept, $u }
open(my $mark, ">", "/run/more");
sleep 600' >/dev/null 2>&1 &
