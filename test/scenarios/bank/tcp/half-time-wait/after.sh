[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] || exit 1
sleep 1.5
perl -e '
use Socket;
my @kept;
for (1 .. 40) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  connect($client, sockaddr_in(6379, inet_aton("10.9.1.1"))) or die "connect: $!";
  push @kept, $client;
}'
# What it closed is reused after a second too.
sleep 2
