proxied 4 1
