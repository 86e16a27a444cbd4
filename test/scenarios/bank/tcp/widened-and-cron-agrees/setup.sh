echo "10240 65535" > /proc/sys/net/ipv4/ip_local_port_range
echo 'net.ipv4.ip_local_port_range = 10240 65535' > /etc/sysctl.d/50-range.conf
mkdir -p /etc/cron.d
echo '@reboot root sysctl -w net.ipv4.ip_local_port_range="10240 65535"' > /etc/cron.d/range
