split_over_files
haproxy -W -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/conf.d/ < /dev/null > /var/log/haproxy.log 2>&1 &
