#!/usr/bin/env bash
# Runs a command beside a real server with a model, two tenants and two documents in the first; everything is removed afterwards.
# usage: with-server.sh COMMAND...    which finds CARREL_URL, CARREL_TOKEN (search, write), CARREL_FOREIGN_TOKEN and CARREL_DATA
# SERVER=COMMAND serves in place of ./carrel serve.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
export CARREL_DATA=$folder/data
./carrel tenant create probe --data "$CARREL_DATA" 2>/dev/null
./carrel tenant create foreign --data "$CARREL_DATA" 2>/dev/null
printf '%s\n' '{"id": "1", "text": "A search engine ranks documents."}' '{"id": "2", "text": "Bread needs flour."}' |
    ./carrel import --data "$CARREL_DATA" --tenant probe - 2>/dev/null
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
${SERVER:-./carrel serve} --data "$CARREL_DATA" --listen "127.0.0.1:$port" 2>"$folder/log" &
server=$!
export CARREL_URL=http://127.0.0.1:$port
for _ in $(seq 100); do
    curl -sf "$CARREL_URL/health/ready" >/dev/null && break
    sleep 0.1
done
token() { ./carrel token issue --data "$CARREL_DATA" --tenant "$1" --user probe --scope search,write; }
CARREL_TOKEN=$(token probe) CARREL_FOREIGN_TOKEN=$(token foreign)
export CARREL_TOKEN CARREL_FOREIGN_TOKEN
"$@"
