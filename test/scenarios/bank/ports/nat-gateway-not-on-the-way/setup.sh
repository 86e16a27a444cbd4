echo "40000 40199" > /proc/sys/net/ipv4/ip_local_port_range
abroad 10.9.1.1
held_abroad 10.9.1.1 100
until [ -e /run/held ]; do sleep 0.1; done
mark=/run/held2
held plain - 127.0.0.1 100 6379 >/dev/null 2>/run/held.err &
