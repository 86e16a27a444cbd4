# What the setups of this family have in common; put before each of them.
# `inside='ip netns exec NAME'` before a name: in that network namespace.
# HOW FROM PEER COUNT PORT...: open connections, bound first or not, until it is ended; makes /run/held, or `$mark`.
# Asked for with &: exec, since the shell of a function that stayed would hold the output that is waited for.
held() {
exec $inside env MARK="${mark:-/run/held}" perl -e '
use Socket;
my ($how, $from, $peer, $count, @ports) = @ARGV;
my (@kept, %server);
for my $port (@ports) {
  socket(my $server, PF_INET, SOCK_STREAM, 0);
  setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
  bind($server, sockaddr_in($port, inet_aton($peer))) or die "bind: $!";
  listen($server, 512);
  $server{$port} = $server;
}
for my $i (0 .. $count - 1) {
  my $port = $ports[$i % @ports];
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  setsockopt($client, 0, 24, 1) if $how eq "late";
  if ($how ne "plain") { bind($client, sockaddr_in(0, inet_aton($from))) or die "bind: $!" }
  connect($client, sockaddr_in($port, inet_aton($peer))) or die "connect: $!";
  accept(my $end, $server{$port});
  push @kept, $client, $end;
}
open(my $mark, ">", $ENV{MARK});
close $mark;
sleep 600' "$@"
}

# FIRST: a server that opens a port for each transfer, as passive FTP does: bind, listen, accept one, close the listener; 180
# of them stay, to clients in another network namespace. Its ports are those from FIRST up, or the kernel's choice with 0.
passive_ftp() {
ip netns add clients
ip link add near type veth peer name away netns clients
ip addr add 10.9.1.2/24 dev near
ip link set near up
ip netns exec clients ip addr add 10.9.1.1/24 dev away
ip netns exec clients ip link set away up
perl -e '
use Socket;
my ($first) = @ARGV;
my @kept;
pipe(my $told, my $tell);
pipe(my $heard, my $say);
if (fork == 0) {
  open(my $ns, "<", "/run/netns/clients") or die;
  syscall(308, fileno($ns), 0x40000000) == 0 or die "setns: $!";
  while (sysread($told, my $port, 6)) {
    socket(my $client, PF_INET, SOCK_STREAM, 0);
    connect($client, sockaddr_in($port, inet_aton("10.9.1.2"))) or die "connect: $!";
    push @kept, $client;
    syswrite($say, "x");
  }
  exit;
}
for my $i (1 .. 180) {
  socket(my $server, PF_INET, SOCK_STREAM, 0);
  bind($server, sockaddr_in($first && $first - 1 + $i, inet_aton("10.9.1.2"))) or die "bind: $!";
  listen($server, 1);
  my ($port) = sockaddr_in(getsockname($server));
  syswrite($tell, sprintf("%6d", $port));
  accept(my $end, $server);
  sysread($heard, my $done, 1);
  close $server;
  syswrite($end, "data" x 50) if $i % 3;
  push @kept, $end;
}
open(my $mark, ">", "/run/held"); close $mark;
sleep 600' "$1" </dev/null >/dev/null 2>/run/held.err &
}

# PEER: another host of that address, in a namespace `abroad`, which takes connections on port 443 and keeps them.
abroad() {
ip netns add abroad
ip link add near type veth peer name away netns abroad
ip addr add 10.9.1.2/24 dev near
ip link set near up
ip netns exec abroad ip link set lo up
ip netns exec abroad ip addr add "$1/32" dev away
ip netns exec abroad ip link set away up
ip netns exec abroad ip route add 10.9.1.2 dev away
ip route replace "$1" dev near
ip netns exec abroad perl -e '
use Socket;
socket(my $server, PF_INET, SOCK_STREAM, 0);
bind($server, sockaddr_in(443, INADDR_ANY)) or die "bind: $!";
listen($server, 512);
open(my $mark, ">", "/run/abroad"); close $mark;
my @kept;
while (accept(my $end, $server)) { push @kept, $end }' </dev/null >/dev/null 2>&1 &
until [ -e /run/abroad ]; do sleep 0.1; done
}

# PEER COUNT: open connections to it; makes /run/held.
held_abroad() {
perl -e '
use Socket;
my ($peer, $count) = @ARGV;
my @kept;
for (1 .. $count) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  connect($client, sockaddr_in(443, inet_aton($peer))) or die "connect: $!";
  push @kept, $client;
}
open(my $mark, ">", "/run/held"); close $mark;
sleep 600' "$@" </dev/null >/dev/null 2>/run/held.err &
}
