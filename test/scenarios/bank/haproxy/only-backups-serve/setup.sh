for a in 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14; do ip addr add $a/32 dev lo; done
backends 10.0.9.14 < /dev/null > /var/log/backends.log 2>&1 &
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
	# server web-7 10.0.9.17:8080 check
	server tomcat_a ipv4@10.0.9.11:8080 check inter 500ms
	server web-2	10.0.9.12:8080 check inter 500ms	# the big one
	server web-3 10.0.9.13:8080 check inter 500ms
	server sorry 10.0.9.14:8080 backup
backend other
	server web-8 10.0.9.18:8080
END
chmod 640 /etc/haproxy/haproxy.cfg
haproxy -W -f /etc/haproxy/haproxy.cfg -S /run/haproxy-master.sock < /dev/null > /var/log/haproxy.log 2>&1 &
