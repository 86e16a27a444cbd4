for a in 10.0.9.11 10.0.9.12 10.0.9.13; do ip addr add $a/32 dev lo; done
backends 10.0.9.11 10.0.9.12 10.0.9.13 < /dev/null > /var/log/backends.log 2>&1 &
mkdir -p /etc/haproxy
cat > /etc/haproxy/haproxy.cfg <<'END'
global
  master-worker
  stats socket /run/haproxy.sock mode 600 level admin
defaults plain
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
listen app from plain
  bind 127.0.0.1:80
  bind 127.0.0.1:8000-8002
  server web-1 10.0.9.11:8080 check inter 500ms
  server web-2 10.0.9.12:8080 check inter 500ms
  server web-3 10.0.9.13:8080 check inter 500ms
END
chmod 640 /etc/haproxy/haproxy.cfg
perl -e 'socket(S, 2, 1, 0) && bind(S, pack("S n a4 x8", 2, 8080, pack("C4", 127, 0, 0, 1))) && listen(S, 5) or die; sleep 1000' < /dev/null > /dev/null 2>&1 &
haproxy -f /etc/haproxy/haproxy.cfg < /dev/null > /var/log/haproxy.log 2>&1 &
