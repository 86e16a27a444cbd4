ip netns add box || exit 1
ip -n box link set lo up
ip link add outer type veth peer name inner netns box
ip addr add 10.0.8.1/24 dev outer && ip link set outer up
ip -n box addr add 10.0.8.2/24 dev inner && ip -n box link set inner up
a_server
ip netns exec box perl /tmp/server.pl >/dev/null 2>&1 </dev/null &

cat > /tmp/client.pl <<'END'
use IO::Socket::INET;
my ($port, $count, $text) = @ARGV;
$SIG{PIPE} = 'IGNORE';
my @held = map { IO::Socket::INET->new(PeerAddr => '10.0.8.2', PeerPort => $port) or die $! } 1 .. $count;
if ($text) { for (@held) { print $_ $text; $_->flush } }
open my $up, '>', "/tmp/client.$$"; close $up;
sleep 3600;
END
until ip netns exec box ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
idle 1
ask 1
