[ "$(stat -c %a /etc/app)" = 700 ]
