#!/usr/bin/env bash
# The project's black-box MCP probe against a real server.
set -euo pipefail
probe=${CARREL_PROBE:-../shared/probes/probe_mcp.py}
if [[ ! -r $probe ]]; then
    echo "skipped: $probe is not here"
    exit 0
fi
python=$(Scripts/setup-python.sh modern)
run() { "$python" "$probe" --url "$CARREL_URL/mcp" --token "$CARREL_TOKEN"; }
export -f run
export python probe
Scripts/with-server.sh bash -c run
