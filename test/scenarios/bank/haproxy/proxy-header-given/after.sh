grep -q '^  server web-4 10.0.9.14:8080 check inter 500ms send-proxy check-send-proxy$' /etc/haproxy/haproxy.cfg || exit 1
{ for n in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -fs http://127.0.0.1/ || exit 1; done; } | grep -q '^10.0.9.14$'
