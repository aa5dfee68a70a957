#!/usr/bin/env bash
# The project's black-box MCP probe against a real server with a model and two documents.
set -euo pipefail
probe=${CARREL_PROBE:-../shared/probes/probe_mcp.py}
if [[ ! -r $probe ]]; then
    echo "skipped: $probe is not here"
    exit 0
fi
python=$(Scripts/setup-python.sh modern)
folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
./carrel tenant create probe --data "$folder/data" 2>/dev/null
printf '%s\n' '{"id": "1", "text": "A search engine ranks documents."}' '{"id": "2", "text": "Bread needs flour."}' |
    ./carrel import --data "$folder/data" - 2>/dev/null
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
./carrel serve --data "$folder/data" --listen "127.0.0.1:$port" 2>"$folder/log" &
server=$!
for _ in $(seq 100); do
    curl -sf "http://127.0.0.1:$port/health/ready" >/dev/null && break
    sleep 0.1
done
token=$(./carrel token issue --data "$folder/data" --tenant probe --user probe --scope search,write)
"$python" "$probe" --url "http://127.0.0.1:$port/mcp" --token "$token"
