# What the setups of this family have in common; put before each of them.
# Another machine: a network of its own, 10.0.8.2, for which no look for servers here looks.
far_network() {
ip netns add far
ip link add near type veth peer name far0 netns far
ip addr add 10.0.8.1/24 dev near
ip link set near up
ip -n far addr add 10.0.8.2/24 dev far0
ip -n far link set far0 up
ip -n far link set lo up
}

# VALUE [REDIS-CLI'S ARGUMENT...]: the server that was just started answers, and its tcp-keepalive is VALUE.
keepalive_is() {
value=$1; shift
n=0; until redis-cli "$@" PING 2>&1 | grep -q PONG; do n=$((n + 1)); test $n -lt 100 || return 1; sleep 0.1; done
[ "$(redis-cli "$@" CONFIG GET tcp-keepalive | tail -n 1)" = "$value" ]
}

# Another machine's program that opens a connection to 10.0.8.1:6379 and does nothing; it ends when it is there.
idle_client() {
ip netns exec far python3 -c 'import socket, time
s = socket.create_connection(("10.0.8.1", 6379))
time.sleep(1000)' </dev/null >/dev/null 2>&1 &
idler=$!
until [ "$(ss -Htn state established 'sport = :6379' | wc -l)" = 1 ]; do sleep 0.1; done
}

# The server's socket to it probes every second, a hundred times, as if minutes had passed of its own times.
soon() {
python3 - <<'SOON'
import ctypes, glob, os, socket, subprocess
libc = ctypes.CDLL(None, use_errno=True)
server = int(subprocess.check_output(["redis-cli", "INFO", "server"]).decode().split("process_id:")[1].split()[0])
pidfd = libc.syscall(434, server, 0)  # pidfd_open
for path in glob.glob(f"/proc/{server}/fd/*"):
    if not os.readlink(path).startswith("socket:"):
        continue
    s = socket.socket(fileno=libc.syscall(438, pidfd, int(path.rsplit("/", 1)[1]), 0))  # pidfd_getfd
    try:
        if s.getpeername()[0] != "10.0.8.2":
            continue
    except OSError:
        continue
    for option, value in ((socket.TCP_KEEPCNT, 100), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPIDLE, 1)):
        s.setsockopt(socket.IPPROTO_TCP, option, value)
SOON
}

# SECONDS KEEPALIVE: a proxy at 10.0.9.1:6379 before a Redis on loopback, whose tunnels may be idle so long.
proxied() {
printf 'defaults\n  mode tcp\n  timeout connect 2s\n  timeout client 2s\n  timeout server 2s\n  timeout tunnel %ss\nlisten redis\n  bind 10.0.9.1:6379\n  server it 127.0.0.1:6390\n' "$1" > /run/proxy.cfg
haproxy -D -f /run/proxy.cfg </dev/null >/dev/null 2>&1
mkdir -p /etc/redis
printf 'port 6390\nbind 127.0.0.1\ntcp-keepalive %s\nsave ""\ndaemonize yes\n' "$2" > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
keepalive_is "$2" -h 10.0.9.1
# An idle client that probes every second.
python3 - >/dev/null 2>&1 <<'IDLE' &
import socket
s = socket.create_connection(("10.0.9.1", 6379))
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL):
    s.setsockopt(socket.IPPROTO_TCP, option, 1)
s.sendall(b"PING\r\n")
s.recv(100)
open("/run/asked", "w")
open("/run/closed" if s.recv(100) == b"" else "/run/odd", "w")
IDLE
}

# VALUE: a server at 6379, and by TLS at 6390, with that tcp-keepalive.
two_ports() {
mkdir -p /etc/redis
cd /etc/redis
printf '[req]\ndistinguished_name = dn\n[dn]\n' > /tmp/openssl.cnf
openssl req -config /tmp/openssl.cnf -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=redis -days 2 -keyout key.pem -out cert.pem 2>/dev/null
printf 'port 6379\ntls-port 6390\ntls-cert-file /etc/redis/cert.pem\ntls-key-file /etc/redis/key.pem\ntls-ca-cert-file /etc/redis/cert.pem\ntls-auth-clients no\nprotected-mode no\ntcp-keepalive %s\nsave ""\ndaemonize yes\n' "$1" > redis.conf
redis-server /etc/redis/redis.conf
keepalive_is "$1"
}

# A client of another machine by TLS, that does nothing.
tls_client() {
(sleep 1000 | ip netns exec far openssl s_client -quiet -connect 10.0.8.1:6390) </dev/null >/dev/null 2>&1 &
until ss -Htn state established 'sport = :6390' | grep -q .; do sleep 0.1; done
}

# Another machine's Redis with a password and 60 s, at fd00:8::2 and fd00:8::3; the password is in a file here.
far_by_ipv6() {
far_network
ip addr add fd00:8::1/64 dev near nodad
for last in 2 3; do ip -n far addr add fd00:8::$last/64 dev far0 nodad; done
cp "$(command -v redis-server)" /run/elsewhere
ip netns exec far /run/elsewhere --port 6379 --bind '* -::*' --requirepass of-the-shop --tcp-keepalive 60 --save "" --daemonize yes >/dev/null
echo of-the-shop > /etc/redis-password
REDISCLI_AUTH=of-the-shop keepalive_is 60 -h fd00:8::2
}

# ADDRESS [PROGRAM...]: a client that opens a connection to it, entered by the program, and does nothing.
client_of() {
address=$1; shift
before=$(ss -Htn state established 'sport = :6379' | wc -l)
ADDRESS=$address "$@" python3 -c 'import os, socket, time
s = socket.create_connection((os.environ["ADDRESS"], 6379))
time.sleep(1000)' </dev/null >/dev/null 2>&1 &
until [ "$(ss -Htn state established 'sport = :6379' | wc -l)" -gt "$before" ]; do sleep 0.1; done
}

# A server at 60 s, by CONFIG SET and in its file, that had 300.
once_at_300() {
far_network
mkdir -p /etc/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
keepalive_is 60 && redis-cli CONFIG SET tcp-keepalive 300
}
