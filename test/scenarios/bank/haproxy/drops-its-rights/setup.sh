for a in 10.0.9.11 10.0.9.12 10.0.9.13; do ip addr add $a/32 dev lo; done
backends 10.0.9.11 10.0.9.12 10.0.9.13 < /dev/null > /var/log/backends.log 2>&1 &
echo 'haproxy:x:105:112::/var/lib/haproxy:/usr/sbin/nologin' >> /etc/passwd
echo 'haproxy:x:112:' >> /etc/group
mkdir -p /etc/haproxy/errors /var/lib/haproxy /run/haproxy
printf 'HTTP/1.0 503 Service Unavailable\r\n\r\nsorry\n' > /etc/haproxy/errors/503.http
cat > /etc/haproxy/haproxy.cfg <<'END'
global
  log /dev/log local0
  chroot /var/lib/haproxy
  stats socket /run/haproxy.sock mode 660 level admin
  stats timeout 30s
  user haproxy
  group haproxy
  daemon
defaults
  log global
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
  errorfile 503 /etc/haproxy/errors/503.http
frontend web
  bind 127.0.0.1:80
  default_backend app
backend app
  balance roundrobin
  server web-1 10.0.9.11:8080 check inter 500ms
  server web-2 10.0.9.12:8080 check inter 500ms
  server web-3 10.0.9.13:8080 check inter 500ms
END
haproxy -Ws -f /etc/haproxy/haproxy.cfg -p /run/haproxy.pid -S /run/haproxy-master.sock < /dev/null > /var/log/haproxy.log 2>&1 &
