three_servers
a_disabled_unit
sed s/-Ws/-W/ /etc/systemd/system/haproxy.service > /etc/systemd/system/edge.service
ln -s /etc/systemd/system/edge.service /etc/systemd/system/multi-user.target.wants/edge.service
systemd_runs inactive
