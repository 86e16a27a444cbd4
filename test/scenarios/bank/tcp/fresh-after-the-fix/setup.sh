echo "40000 40399" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
cat > /run/client.pl <<'END'
use Socket;
my ($peer, $port, $count) = @ARGV;
socket(my $server, PF_INET, SOCK_STREAM, 0);
setsockopt($server, SOL_SOCKET, SO_REUSEADDR, 1);
bind($server, sockaddr_in($port, inet_aton($peer))) or die "bind: $!";
listen($server, 512);
sub burst {
  for (1 .. $count) {
    socket(my $client, PF_INET, SOCK_STREAM, 0);
    connect($client, sockaddr_in($port, inet_aton($peer))) or next;
    accept(my $end, $server);
    close $client;
    close $end;
    select(undef, undef, undef, 0.003);
  }
}
sub reuse { open(my $file, "<", "/proc/sys/net/ipv4/tcp_tw_reuse"); return 0 + <$file> }
burst();
open(my $done, ">", "/run/burst"); close $done;
# As soon as ports serve again the client has them all once more: young ones.
my $until = time + 90;
while (time < $until && reuse() != 1) { select(undef, undef, undef, 0.005) }
burst();
open($done, ">", "/run/again"); close $done;
sleep 60;
END
perl /run/client.pl 10.9.0.2 6379 380 </dev/null >/dev/null 2>&1 &
until [ -e /run/burst ]; do sleep 0.1; done
# Younger than a second they cannot be reused yet.
sleep 1.2
