[ -e /run/closed ]
