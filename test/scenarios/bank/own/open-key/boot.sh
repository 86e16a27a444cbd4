[ "$(stat -c "%a %u" /etc/app/key.pem)" = "400 65534" ] && grep -q "^verify = yes$" /etc/app/app.conf
