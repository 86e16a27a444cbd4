mkdir -p /etc/redis6 /var/lib/programs
cp "$(command -v redis-server)" /var/lib/programs/redis6-server
printf 'port 6379\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndaemonize yes\n' > /etc/redis6/redis6.conf
/var/lib/programs/redis6-server /etc/redis6/redis6.conf
keepalive_is 0
