mkdir -p /etc/redis /var/lib/redis
cd /etc/redis
printf '[req]\ndistinguished_name = dn\n[dn]\n' > /tmp/openssl.cnf
key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }
key ca.key
openssl req -config /tmp/openssl.cnf -x509 -key ca.key -subj /CN=shop-ca -days 2 -out ca.pem
key redis.key
openssl req -config /tmp/openssl.cnf -new -key redis.key -subj /CN=redis -out redis.csr
openssl x509 -req -in redis.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out redis.pem 2>/dev/null
cat > redis.conf <<'END'
port 0
tls-port 6379
tls-cert-file /etc/redis/redis.pem
tls-key-file /etc/redis/redis.key
tls-ca-cert-file /etc/redis/ca.pem
protected-mode no
requirepass shop-secret
tcp-keepalive 0
save ""
dir /var/lib/redis
daemonize yes
END
redis-server /etc/redis/redis.conf
