grep -q '^redis:' /etc/passwd || echo 'redis:x:997:997::/var/lib/redis:/usr/sbin/nologin' >> /etc/passwd
grep -q '^redis:' /etc/group || echo 'redis:x:997:' >> /etc/group
mkdir -p /etc/redis /var/lib/redis
printf 'port 6379\nprotected-mode no\ntcp-keepalive 0\nsave ""\ndir /var/lib/redis\ndaemonize yes\n' > /etc/redis/redis.conf
chown redis:redis /var/lib/redis
chown root:redis /etc/redis/redis.conf
chmod 640 /etc/redis/redis.conf
setpriv --reuid redis --regid redis --clear-groups redis-server /etc/redis/redis.conf
