redis-server /etc/redis/redis.conf
keepalive_is 60 -p 6390 --tls --insecure --cert /etc/redis/cert.pem --key /etc/redis/key.pem
