mkdir -p /etc/redis /opt
printf 'port 6379\nprotected-mode no\ntcp-keepalive 60\nset-proc-title no\nrdb-key-save-delay 100000000\nsave ""\ndir /var\n' > /etc/redis/redis.conf
printf '#!/bin/sh\n/usr/bin/redis-server "$@"\nexit\n' > /opt/redis-server
chmod 755 /opt/redis-server
/opt/redis-server /etc/redis/redis.conf </dev/null >/dev/null 2>&1 &
keepalive_is 60
redis-cli SET a 1 && redis-cli SET b 2 && redis-cli BGSAVE
# And one that has ended, whose parent does not look: it has its name still, and no title.
python3 -c 'import subprocess, time
ended = subprocess.Popen(["redis-server", "--version"])
time.sleep(1000)' </dev/null >/dev/null 2>&1 &
