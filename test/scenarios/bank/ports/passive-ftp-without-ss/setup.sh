echo "40000 40199" > /proc/sys/net/ipv4/ip_local_port_range
passive_ftp 0
