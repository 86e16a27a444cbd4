proxied 86400 300
