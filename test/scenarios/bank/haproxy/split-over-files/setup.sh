for a in 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14; do ip addr add $a/32 dev lo; done
backends 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14 < /dev/null > /var/log/backends.log 2>&1 &
mkdir -p /etc/haproxy
cat > /etc/haproxy/haproxy.cfg <<'END'
global
  stats socket /run/haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
END
chmod 640 /etc/haproxy/haproxy.cfg
mkdir -p /etc/haproxy/conf.d
cat > /etc/haproxy/conf.d/10-front.cfg <<'END'
frontend web
  bind 127.0.0.1:80
  default_backend app
END
chmod 640 /etc/haproxy/conf.d/10-front.cfg
mkdir -p /etc/haproxy/conf.d
cat > /etc/haproxy/conf.d/20-app.cfg <<'END'
backend app
  default-server inter 500ms
  server web-1 10.0.9.11:8080 check inter 500ms
  server web-2 10.0.9.12:8080 check inter 500ms
  server web-3 10.0.9.13:8080 check inter 500ms
END
chmod 640 /etc/haproxy/conf.d/20-app.cfg
echo broken > /etc/haproxy/conf.d/20-app.cfg.bak
haproxy -W -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/conf.d/ < /dev/null > /var/log/haproxy.log 2>&1 &
