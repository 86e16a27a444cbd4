mkdir -p /etc/haproxy
cat > /etc/haproxy/haproxy.cfg <<'END'
global
  stats socket /run/user/haproxy.sock mode 600 level admin
  lua-load "$GREETING"
defaults
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
frontend web
  bind 127.0.0.1:8080
  default_backend app
backend app
  server web-1 10.0.9.11:8080
END
mkdir -m 755 /run/user
echo "haproxy:x:105:105::/:/bin/false" >> /etc/passwd
user=105
# Whoever owns the process chooses what its variable names: here a program for root.
echo 'local file = io.open("/run/root-ran-it", "w") if file then file:close() end' > /run/user/greeting.lua
chown -R "$user" /run/user
GREETING=/run/user/greeting.lua setpriv --reuid "$user" --regid 65534 --clear-groups haproxy -W -f /etc/haproxy/haproxy.cfg < /dev/null > /run/log 2>&1 &
n=0; until test -S /run/user/haproxy.sock; do n=$((n + 1)); test $n -lt 100 || exit 1; sleep 0.1; done
