echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/24 dev lo
echo 11211,40050 > /proc/sys/net/ipv4/ip_local_reserved_ports
perl -e 'use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(11211, INADDR_ANY)) or die; listen($s, 5); sleep 600' >/dev/null 2>&1 &
held plain 10.9.0.2 10.9.0.2 70 6379 >/dev/null 2>/run/held.err &
