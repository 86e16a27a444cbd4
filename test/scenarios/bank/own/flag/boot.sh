[ "$(cat /var/lib/app/flag)" = off ]
