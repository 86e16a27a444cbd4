[ "$(redis-cli -p 6390 --tls --insecure --cert /etc/redis/cert.pem --key /etc/redis/key.pem CONFIG GET tcp-keepalive | tail -n 1)" = 60 ]
