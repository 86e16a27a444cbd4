for a in 10.0.9.11; do ip addr add $a/32 dev lo; done
backends 10.0.9.11 < /dev/null > /var/log/backends.log 2>&1 &
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
  server web-1 10.0.9.11:8080 check inter 500ms
  server web-2 10.0.9.12:8080 check inter 500ms weight 50
  server web-3 10.0.9.13:8080 check inter 500ms
END
chmod 640 /etc/haproxy/haproxy.cfg
haproxy -W -f /etc/haproxy/haproxy.cfg -S /run/haproxy-master.sock < /dev/null > /var/log/haproxy.log 2>&1 &
