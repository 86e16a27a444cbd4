echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
mkdir -p /etc/cron.hourly
printf '#!/bin/sh\nsysctl -q -w net.ipv4.tcp_fin_timeout=0\n' > /etc/cron.hourly/tune
chmod 755 /etc/cron.hourly/tune
mkdir -p /var/lib/cloud/scripts/per-boot
printf '#!/bin/sh\necho 2 > /proc/sys/net/ipv4/tcp_syncookies\n' > /var/lib/cloud/scripts/per-boot/tune.sh
chmod 755 /var/lib/cloud/scripts/per-boot/tune.sh
mkdir -p /etc/tuned/shop /etc/tuned/base /etc/tuned/unused
echo shop > /etc/tuned/active_profile
printf '[main]\nsummary=Shop\ninclude = base\n' > /etc/tuned/shop/tuned.conf
printf '[sysctl]\nnet.ipv4.tcp_fin_timeout=30\n' > /etc/tuned/base/tuned.conf
printf '[sysctl]\nnet.ipv4.tcp_tw_reuse=0\n' > /etc/tuned/unused/tuned.conf
