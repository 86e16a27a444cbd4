[ "$(stat -c %a /etc/app/key.pem)" = 644 ] && grep -q "^verify = no$" /etc/app/app.conf
