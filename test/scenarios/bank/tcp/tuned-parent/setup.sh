echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
mkdir -p /etc/tuned/shop /etc/tuned/base /etc/tuned/unused
echo shop > /etc/tuned/active_profile
printf '[main]\nsummary=Shop\ninclude = base\n' > /etc/tuned/shop/tuned.conf
printf '[sysctl]\nnet.ipv4.tcp_tw_reuse=2\n' > /etc/tuned/base/tuned.conf
printf '[sysctl]\nnet.ipv4.tcp_tw_reuse=0\n' > /etc/tuned/unused/tuned.conf
