redis-cli AUTH secret | grep -q WRONGPASS && printf 'AUTH "secret\\n"\n' | redis-cli | grep -q OK
