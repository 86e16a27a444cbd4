echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
mkdir -p /etc/sysctl.d /etc/cron.d /etc/cron.daily /etc/systemd/system /etc/init.d
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
echo 'net.ipv4.tcp_fin_timeout = 30' > /etc/sysctl.d/60-fin.conf
echo 'net.ipv4.tcp_syncookies = 1' > /etc/sysctl.conf
printf '@reboot root sysctl --system\n@reboot root /sbin/sysctl -p\n' > /etc/cron.d/tune
printf '#!/bin/sh\nsysctl -p /etc/sysctl.d/50-reuse.conf\necho "then say sysctl -p /gone"\n' > /etc/cron.daily/tune
chmod 755 /etc/cron.daily/tune
printf '[Unit]\nDescription=Runs sysctl -p /gone\n[Service]\nExecStart=/sbin/sysctl -q -p /etc/sysctl.d/60-fin.conf\n' > /etc/systemd/system/tune.service
mkdir -p /opt/site
echo 'net.ipv4.tcp_keepalive_time = 600' > /opt/site/limits.conf
printf '[Service]\nExecStart=-/sbin/sysctl -q -p /opt/site/limits.conf\n' > /etc/systemd/system/limits.service
