cat > /tmp/server.py <<'END'
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
ThreadingHTTPServer(("0.0.0.0", 8080), BaseHTTPRequestHandler).serve_forever()
END
/usr/bin/python3 /tmp/server.py >/dev/null 2>&1 </dev/null &

until ss -Hltn 'sport = :8080' | grep -q .; do sleep 0.05; done
