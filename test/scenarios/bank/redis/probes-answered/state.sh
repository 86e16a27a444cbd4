# Five answers at least behind the handshake's: stopped, and its kernel speaks.
ss -Htni state established 'sport = :6379' | tr '\n' ' ' | grep -Eq 'segs_in:([6-9]|[1-9][0-9])'
