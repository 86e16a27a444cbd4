[ "$(cat /var/lib/app/flag)" = on ]
