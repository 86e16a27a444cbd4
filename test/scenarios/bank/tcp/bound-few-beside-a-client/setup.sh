echo "40000 40099" > /proc/sys/net/ipv4/ip_local_port_range
ip addr add 10.9.0.2/32 dev lo
ip addr add 10.9.0.3/32 dev lo
held first 10.9.0.2 10.9.0.2 20 6379 6380 6381 6382 >/dev/null 2>/run/held.err &
until [ -e /run/held ]; do sleep 0.1; done
mark=/run/held2
held plain - 10.9.0.3 30 7379 >/dev/null 2>/run/held.err &
until [ -e /run/held2 ]; do sleep 0.1; done
connects_left 10.9.0.3 7379 > /run/left
