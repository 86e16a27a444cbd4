printf '#!/bin/sh -e\necho 1 > /proc/sys/net/ipv4/tcp_tw_reuse\n' > /etc/rc.local
chmod 755 /etc/rc.local
echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
