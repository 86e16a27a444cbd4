echo 1 > /proc/sys/net/ipv4/tcp_tw_reuse
echo 'net.ipv4.tcp_tw_reuse = 1' > /etc/sysctl.d/50-reuse.conf
mkdir -p /opt/shop /etc/systemd/system
printf '# by the vendor\nnet.ipv4.tcp_tw_reuse = 2\n' > /opt/shop/tuning.conf
cat > /etc/systemd/system/shop-tuning.service <<'END'
[Service]
Type=oneshot
ExecStart=/sbin/sysctl -q -p /opt/shop/tuning.conf
[Install]
WantedBy=multi-user.target
END
