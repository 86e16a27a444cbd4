[ "$(cat /proc/sys/net/ipv4/tcp_tw_reuse)" = 1 ] && [ -s /etc/systemd/system/tune.service ] && [ -x /etc/cron.daily/tune ]
