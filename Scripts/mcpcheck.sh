#!/usr/bin/env bash
# An independent checker of MCP 2026-07-28 (PyPI: jbt-mcpcheck), every tool called with arguments that must be refused.
set -euo pipefail
python=$(Scripts/setup-python.sh mcpcheck)
run() { "${python%/*}/mcpcheck" "$CARREL_URL/mcp" --token "$CARREL_TOKEN" --legacy-probes --probe all --no-color; }
export -f run
export python
Scripts/with-server.sh bash -c run
