#!/usr/bin/env bash
# mcp-authlab against a real server: how its authorization looks to a stranger. Prints the grade; fails below B.
set -euo pipefail
modern=$(Scripts/setup-python.sh modern)
lab=$(dirname "$(Scripts/setup-python.sh authlab)")
folder=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
./carrel tenant create lab --data "$folder/data" 2>/dev/null
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
./carrel serve --data "$folder/data" --listen "127.0.0.1:$port" --auth-refusals-per-minute 0 2>"$folder/log" &
server=$!
for _ in $(seq 300); do
    curl -sf "http://127.0.0.1:$port/health/ready" >/dev/null && break
    sleep 0.1
done
# The scanned token comes from the token endpoint, as a client's would.
token=$("$modern" - "http://127.0.0.1:$port" $(./carrel client create --data "$folder/data" --tenant lab --user lab) <<'PYTHON'
import json, sys, urllib.parse, urllib.request
base, *pair = sys.argv[1:]
form = {"grant_type": "client_credentials", "scope": "search", "resource": base + "/mcp", **dict(word.split("=") for word in pair)}
with urllib.request.urlopen(base + "/oauth/token", urllib.parse.urlencode(form).encode()) as answer:
    print(json.load(answer)["access_token"])
PYTHON
)
# One for another resource only the box's own key can sign: its token endpoint gives none.
foreign=$("$modern" - "$token" "$folder/data/signing-keys" <<'PYTHON'
import jwt, pathlib, sys
token, keys = sys.argv[1:]
kid = jwt.get_unverified_header(token)["kid"]
claims = jwt.decode(token, options={"verify_signature": False}) | {"aud": ["https://elsewhere.example.com/mcp"]}
text = (pathlib.Path(keys) / f"{kid}.pem").read_text()
print(jwt.encode(claims, text[text.index("-----BEGIN"):], algorithm="RS256", headers={"kid": kid}))
PYTHON
)
"$lab/mcp-authlab" scan "http://127.0.0.1:$port/mcp" --token "$token" --foreign-token "$foreign" --no-login --no-color \
    --fail-under B "$@"
