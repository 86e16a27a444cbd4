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
END
chmod 640 /etc/haproxy/haproxy.cfg
mkdir -p /etc/haproxy/conf.d
cat > /etc/haproxy/conf.d/10-front.cfg <<'END'
frontend web
  bind 127.0.0.1:80
  default_backend app
  bind unix@/run/web.sock
  bind abns@web
  bind 10.0.9.1:8081-8083,:8090
  bind ipv6@[::1]:8094
END
chmod 640 /etc/haproxy/conf.d/10-front.cfg
mkdir -p /etc/haproxy/conf.d
cat > /etc/haproxy/conf.d/20-app.cfg <<'END'
backend app
  server web-1 10.0.9.11:8080 check inter 500ms
  server web-2 10.0.9.12:8080 check inter 500ms
  server web-3 10.0.9.13:8080 check inter 500ms
END
chmod 640 /etc/haproxy/conf.d/20-app.cfg
cp /etc/haproxy/conf.d/20-app.cfg /etc/haproxy/conf.d/20-app.cfg.old
haproxy -Ws -S /run/haproxy-master.sock -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/conf.d < /dev/null > /var/log/haproxy.log 2>&1 &
perl -MIO::Socket::INET -e '$l = IO::Socket::INET->new(LocalAddr => "10.0.9.11", LocalPort => 80, Listen => 5, ReuseAddr => 1) or die; sleep 1000' < /dev/null > /dev/null 2>&1 &
