three_servers
echo "  server spare 10.0.9.14:8080 check inter 500ms backup" >> /etc/haproxy/haproxy.cfg
runs_before 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14
n=0; until ask "show servers state" | grep -q spare; do n=$((n + 1)); test $n -lt 100 || exit 1; sleep 0.1; done
ask "set server app/spare addr 10.0.9.15"
