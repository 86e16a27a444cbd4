printf 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:\n' > /etc/passwd; printf 'root:x:0:\nnogroup:x:65534:\n' > /etc/group
mkdir -p /etc/app
echo secret > /etc/app/key.pem; chmod 644 /etc/app/key.pem
printf '# app\nverify = no\nport = 1' > /etc/app/app.conf; chmod 640 /etc/app/app.conf; chown 65534:0 /etc/app/app.conf
