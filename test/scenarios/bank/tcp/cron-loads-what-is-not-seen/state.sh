[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ -s /etc/cron.d/tune ] && [ -s /opt/site/limits.conf ]
