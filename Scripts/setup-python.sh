#!/usr/bin/env bash
# Makes the virtual environment NAME from Tests/clients/requirements-NAME.txt; prints its python.
# usage: setup-python.sh NAME
set -euo pipefail
name=$1
folder=.setup/venv-$name
wanted=Tests/clients/requirements-$name.txt
if ! cmp -s "$wanted" "$folder/requirements.txt"; then
    Scripts/say.sh "python environment '$name'"
    rm -rf "$folder"
    mkdir -p .setup
    # Debian's own interpreter: what else is on PATH may lack ensurepip or be another version.
    /usr/bin/python3 -m venv "$folder"
    "$folder/bin/python" -m pip install -q --disable-pip-version-check -r "$wanted" >&2
    cp "$wanted" "$folder/requirements.txt"
fi
echo "$folder/bin/python"
