mkdir -p /var/lib/app; printf on > /var/lib/app/flag
