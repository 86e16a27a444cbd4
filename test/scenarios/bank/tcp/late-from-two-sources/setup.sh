echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
for i in 2 3 4; do ip addr add 10.9.0.$i/32 dev lo; done
held late 10.9.0.2 10.9.0.2 50 6379 6380 6381 6382 >/dev/null 2>/run/held.err &
mark=/run/held2
held late 10.9.0.3 10.9.0.2 50 6389 6390 6391 6392 >/dev/null 2>/run/held.err &
until [ -e /run/held ] && [ -e /run/held2 ]; do sleep 0.1; done
mark=/run/held3
held plain - 10.9.0.4 20 7379 >/dev/null 2>/run/held.err &
until [ -e /run/held3 ]; do sleep 0.1; done
connects_left 10.9.0.4 7379 > /run/left
