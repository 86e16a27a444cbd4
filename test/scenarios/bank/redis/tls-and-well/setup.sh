mkdir -p /etc/redis /var/lib/redis
cd /etc/redis
printf '[req]\ndistinguished_name = dn\n[dn]\n' > /tmp/openssl.cnf
openssl req -config /tmp/openssl.cnf -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=redis -days 2 -keyout key.pem -out cert.pem 2>/dev/null
cat > redis.conf <<'END'
port 0
tls-port 6390
tls-cert-file /etc/redis/cert.pem
tls-key-file /etc/redis/key.pem
tls-ca-cert-file /etc/redis/cert.pem
protected-mode no
tcp-keepalive 60
save ""
dir /var/lib/redis
daemonize yes
END
redis-server /etc/redis/redis.conf
