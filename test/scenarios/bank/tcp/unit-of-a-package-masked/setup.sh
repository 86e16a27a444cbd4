echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
mkdir /run/units
cp -a /usr/lib/systemd/system/. /run/units/
printf '[Service]\nType=oneshot\nExecStart=/sbin/sysctl -w net.ipv4.tcp_tw_reuse=0\n' > /run/units/tune.service
mkdir -p /usr/lib/systemd/system
mount --bind /run/units /usr/lib/systemd/system
mkdir -p /etc/systemd/system
ln -s /dev/null /etc/systemd/system/tune.service
