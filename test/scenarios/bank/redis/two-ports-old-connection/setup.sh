far_network
two_ports 0
tls_client
redis-cli CONFIG SET tcp-keepalive 60
sed -i 's/tcp-keepalive 0/tcp-keepalive 60/' /etc/redis/redis.conf
