# Idle for longer than the sides' time-outs, and held.
[ -e /run/asked ] && [ "$(find /run/asked -mmin +0.07)" ] && ! [ -e /run/closed ] && ! [ -e /run/odd ]
