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
  server web-2 10.0.9.12:8080 check inter 500ms
  server web-3 10.0.9.13:8080 check inter 500ms
END
chmod 640 /etc/haproxy/haproxy.cfg
mkdir -p /etc/systemd/system/multi-user.target.wants
cat > /etc/systemd/system/haproxy.service <<'END'
[Service]
ExecStart=/usr/sbin/haproxy -Ws -f /etc/haproxy/haproxy.cfg
[Install]
WantedBy=multi-user.target
END
ln -s /etc/systemd/system/haproxy.service /etc/systemd/system/multi-user.target.wants/haproxy.service
