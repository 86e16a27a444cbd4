redis-server --port 6379 --protected-mode no --tcp-keepalive 0 --save '' --daemonize yes >/dev/null
