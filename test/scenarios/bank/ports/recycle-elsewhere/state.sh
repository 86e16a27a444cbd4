sysctl -p >/dev/null 2>&1 && grep -q recycle /etc/sysctl.d/20-old.conf
