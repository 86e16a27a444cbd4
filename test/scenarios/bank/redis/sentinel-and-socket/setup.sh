mkdir -p /etc/redis /run/redis
printf 'port 26379\nprotected-mode no\ndaemonize yes\nsentinel monitor m 127.0.0.1 6399 1\n' > /etc/redis/sentinel.conf
redis-server /etc/redis/sentinel.conf --sentinel
redis-server --port 0 --unixsocket /run/redis/redis.sock --tcp-keepalive 0 --save '' --daemonize yes >/dev/null
