a_python_server
cat > /tmp/haproxy.cfg <<'CFG'
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 2s
frontend http
    bind 127.0.0.1:80
    default_backend app
backend app
    server app 10.0.9.1:8080
CFG
a_client
idle 1
haproxy -D -f /tmp/haproxy.cfg
for n in 1 2 3; do
  (while :; do curl -s -o /dev/null -w '%{http_code}\n' http://127.0.0.1/ >>/tmp/codes; done) >/dev/null 2>&1 </dev/null &
  sleep 0.5
done
