mkdir -p /var/lib/app; printf on > /var/lib/app/flag; chmod 604 /var/lib/app/flag
