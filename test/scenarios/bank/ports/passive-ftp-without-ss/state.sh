[ -e /run/held ]
