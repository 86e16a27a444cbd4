for a in 10.0.9.11 10.0.9.12 10.0.9.13; do ip addr add $a/32 dev lo; done
backends 10.0.9.11 10.0.9.12 10.0.9.13 < /dev/null > /var/log/backends.log 2>&1 &
mkdir -p /etc/haproxy
cat > /etc/haproxy/haproxy.cfg <<'END'
global
  stats socket /run/haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend web
  bind 127.0.0.1:80
  default_backend app
backend app
  balance roundrobin
  server web-1 10.0.9.11:8080 check inter 500ms slowstart 600s
  server web-2 10.0.9.12:8080 check inter 500ms slowstart 600s
  server web-3 10.0.9.13:8080 check inter 500ms slowstart 600s
END
chmod 640 /etc/haproxy/haproxy.cfg
haproxy -W -f /etc/haproxy/haproxy.cfg -S /run/haproxy-master.sock < /dev/null > /var/log/haproxy.log 2>&1 &
ask() { perl -MIO::Socket::UNIX -e '$s = IO::Socket::UNIX->new(Peer => "/run/haproxy.sock") or exit 1; print $s "$ARGV[0]\n"; print while <$s>' "$1"; }
n=0; until ask "show servers state" | grep -q web-1; do n=$((n + 1)); test $n -lt 100 || exit 1; sleep 0.1; done
for n in 1 2 3; do ask "set server app/web-$n health down"; ask "set server app/web-$n health up"; done
