haproxy -W -f /etc/haproxy/haproxy.cfg -S /run/haproxy-master.sock < /dev/null > /run/haproxy.log 2>&1 &
for n in 1 2 3 4; do ip addr add 10.0.9.1$n/32 dev lo; done
perl /root/proxied.pl 10.0.9.11 10.0.9.12 10.0.9.13 10.0.9.14 < /dev/null > /dev/null 2>&1 &
n=0; until test "$(ask "show servers state app" | grep -c ' 10\.[0-9.]* 2 0 ')" = 4; do n=$((n + 1)); test $n -lt 100 || exit 1; sleep 0.1; done
for n in 1 2 3 4 5 6 7 8; do curl -fs http://127.0.0.1/ || exit 1; done > /dev/null
