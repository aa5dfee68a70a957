#!/usr/bin/env bash
# Lays out what is installed as one tree: binary, model, demo documents, manual, completions, unit, installer.
# usage: stage.sh TREE
set -euo pipefail
tree=$1
pack=${CARREL_MODEL:-data/models/minilm-l6-v2.q8.pack}
[[ -x carrel && -r $pack ]] || { echo "stage.sh: ./carrel or $pack is missing: make model" >&2; exit 1; }

rm -rf "$tree"
mkdir -p "$tree"/{bin,lib/systemd/system} "$tree"/share/{carrel/models,doc/carrel/licenses} \
    "$tree"/share/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
strip -o "$tree/bin/carrel" "$(readlink -f carrel)"
cp "$(readlink -f "$pack")" "$tree/share/carrel/models/minilm-l6-v2.q8.pack"
cp -r data/demo "$tree/share/carrel/demo"
cp docs/*.md README.md SECURITY.md CHANGELOG.md "$tree/share/doc/carrel/"
cp LICENSE "$tree/share/doc/carrel/licenses/carrel"
cp deploy/carrel.service "$tree/lib/systemd/system/carrel.service"
./carrel completions bash >"$tree/share/bash-completion/completions/carrel"
./carrel completions zsh >"$tree/share/zsh/site-functions/_carrel"
./carrel completions fish >"$tree/share/fish/vendor_completions.d/carrel.fish"
cp deploy/install.sh "$tree/install.sh"
# Whoever builds may have a strict umask; what is installed is for everybody to read.
find "$tree" -type d -exec chmod 755 {} +
find "$tree" -type f -exec chmod 644 {} +
chmod 755 "$tree/bin/carrel" "$tree/install.sh"
