mkdir -p /etc/redis
ip addr add 10.0.8.1/32 dev lo
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nsave ""\ndaemonize yes\n' > /etc/redis/redis.conf
redis-server /etc/redis/redis.conf
until redis-cli CONFIG SET tcp-keepalive 0 | grep -q OK; do sleep 0.1; done
{ sleep 1000 | redis-cli -h 10.0.8.1; } >/dev/null 2>&1 &
until ss -Htn state established src 10.0.8.1:6379 | grep -q .; do sleep 0.1; done
redis-cli CONFIG SET tcp-keepalive 60
