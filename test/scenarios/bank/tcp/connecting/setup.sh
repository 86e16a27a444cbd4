echo "40000 40399" > /proc/sys/net/ipv4/ip_local_port_range
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
far
to_far 260 0
# The other host is gone, and nothing says so.
ip neigh replace 10.9.1.1 lladdr 02:00:00:00:00:99 dev near nud permanent
rm /run/held
perl -e '
use Socket;
use Fcntl;
my @kept;
for (1 .. 120) {
  socket(my $client, PF_INET, SOCK_STREAM, 0);
  fcntl($client, F_SETFL, O_NONBLOCK);
  connect($client, sockaddr_in(6379, inet_aton("10.9.1.1")));
  push @kept, $client;
}
open(my $mark, ">", "/run/held"); close $mark;
sleep 600' </dev/null >/dev/null 2>&1 &
until [ -e /run/held ]; do sleep 0.1; done
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
