three_servers
a_disabled_unit
mkdir -p /etc/supervisord.d
printf '[program:haproxy]\ncommand=/usr/sbin/haproxy -W -db -f /etc/haproxy/haproxy.cfg\n' > /etc/supervisord.d/haproxy.ini
