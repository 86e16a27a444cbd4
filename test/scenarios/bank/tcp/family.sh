# What the setups of this family have in common; put before each of them.
# `inside='ip netns exec NAME'` before a name: in that network namespace.
# PEER PORT COUNT: connections that were closed by this side.
time_waits() {
$inside perl -e '
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
}' "$@"
}

# HOW FROM PEER COUNT PORT...: open connections, bound first or not, until it is ended; makes /run/held.
# Asked for with &: exec, since the shell of a function that stayed would hold the output that is waited for.
held() {
exec $inside perl -e '
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
open(my $mark, ">", "/run/held");
close $mark;
sleep 600' "$@"
}
