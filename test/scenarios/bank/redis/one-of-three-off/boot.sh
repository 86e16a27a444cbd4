for port in 6379 6380 6381; do redis-server /etc/redis/$port.conf; done
keepalive_is 60 -p 6379 && keepalive_is 60 -p 6380 && keepalive_is 300 -p 6381
