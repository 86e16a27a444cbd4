echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
for i in 2 3 4; do ip addr add 10.9.0.$i/32 dev lo; done
held plain - 10.9.0.2 58 6379 >/dev/null 2>/run/held.err &
mark=/run/held2
held plain - 10.9.0.3 60 6380 6381 6382 >/dev/null 2>/run/held.err &
mark=/run/held3
held plain - 10.9.0.4 20 6380 6381 6382 >/dev/null 2>/run/held.err &
until [ -e /run/held ] && [ -e /run/held2 ] && [ -e /run/held3 ]; do sleep 0.1; done
connects_left 10.9.0.2 6379 > /run/left
