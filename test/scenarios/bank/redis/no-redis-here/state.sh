! pgrep redis-server && ! pgrep valkey-server
