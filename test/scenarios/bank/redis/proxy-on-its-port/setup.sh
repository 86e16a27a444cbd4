mkdir -p /etc/redis
printf 'bind 127.0.0.1\nport 6379\ntcp-keepalive 300\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
cat > /tmp/proxy.pl <<'END'
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '10.0.9.1', LocalPort => 6379, Listen => 8, ReuseAddr => 1) or die $!;
my @held;
while (my $c = $s->accept) { push @held, $c }
END
perl /tmp/proxy.pl >/dev/null 2>&1 </dev/null &
n=0; until ss -Hltn 'src 10.0.9.1 and sport = :6379' | grep -q .; do n=$((n + 1)); test $n -lt 100 || exit 1; sleep 0.1; done
perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new("10.0.9.1:6379") or die $!; sleep 3600' >/dev/null 2>&1 </dev/null &
keepalive_is 300
