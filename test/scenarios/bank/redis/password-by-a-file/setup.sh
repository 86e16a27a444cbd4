mkdir -p /etc/redis /var/lib/redis /root/keys
printf 's3cret\n' > /root/keys/redis
chmod 600 /root/keys/redis
printf 'user default off\nuser watch on >s3cret ~* +@all\n' > /etc/redis/users.acl
cat > /etc/redis/redis.conf <<'END'
port 6390
tcp-keepalive 0
aclfile /etc/redis/users.acl
dir /var/lib/redis
save ""
daemonize yes
END
redis-server /etc/redis/redis.conf
