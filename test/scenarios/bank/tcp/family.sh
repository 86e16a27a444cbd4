# What the setups of this family have in common; put before each of them.
# `inside='ip netns exec NAME'` before a name: in that network namespace.
# PEER PORT COUNT [SECONDS]: connections that were closed by this side, as fast as it goes or so many seconds apart.
time_waits() {
$inside perl -e '
use Socket;
my ($peer, $port, $count, $pause) = @ARGV;
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
  select(undef, undef, undef, $pause) if $pause;
}' "$@"
}

# Another host, 10.9.1.1, in a namespace `far`: it takes connections on port 6379 and ends each when the client does.
far() {
ip netns add far
ip link add near type veth peer name away netns far
ip addr add 10.9.1.2/24 dev near
ip link set near up
ip netns exec far ip link set lo up
ip netns exec far ip addr add 10.9.1.1/24 dev away
ip netns exec far ip link set away up
ip netns exec far perl -e '
use Socket;
$SIG{CHLD} = "IGNORE";
socket(my $server, PF_INET, SOCK_STREAM, 0);
bind($server, sockaddr_in(6379, INADDR_ANY)) or die "bind: $!";
listen($server, 512);
open(my $mark, ">", "/run/far"); close $mark;
while (1) {
  accept(my $end, $server) or next;
  if (fork == 0) { close $server; sysread($end, my $data, 64); exit }
  close $end;
}' </dev/null >/dev/null 2>&1 &
until [ -e /run/far ]; do sleep 0.1; done
}

# CLOSED KEPT: connections to the other host that this side closes, 10 ms apart, then those that it keeps; makes /run/held.
to_far() {
perl -e '
use Socket;
my ($closed, $kept) = @ARGV;
my @kept;
for my $i (1 .. $closed + $kept) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  connect($client, sockaddr_in(6379, inet_aton("10.9.1.1"))) or die "connect: $!";
  if ($i > $closed) { push @kept, $client; next }
  close $client;
  select(undef, undef, undef, 0.01);
}
open(my $mark, ">", "/run/held"); close $mark;
sleep 600 if @kept' "$@" </dev/null >/dev/null 2>/run/held.err &
until [ -e /run/held ] || [ -s /run/held.err ]; do sleep 0.1; done
}

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

# PEER PORT: how many plain connects still go well and the error that ends them; each is reset at its end and leaves nothing.
connects_left() {
perl -e '
use Socket;
my ($peer, $port) = @ARGV;
my @kept;
while (@kept < 1000) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  setsockopt($client, SOL_SOCKET, SO_LINGER, pack("ii", 1, 0));
  connect($client, sockaddr_in($port, inet_aton($peer))) or last;
  push @kept, $client;
}
print scalar(@kept), " $!"' "$@"
}
