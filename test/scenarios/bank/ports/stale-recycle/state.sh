! sysctl -p >/dev/null 2>&1 && [ "$(stat -c %a:%u /etc/sysctl.conf)" = 640:1000 ]
