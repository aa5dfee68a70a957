#!/usr/bin/env bash
# Puts the embedding model in place: data/models/minilm-l6-v2.q8.pack, or what CARREL_MODEL names.
set -euo pipefail
pack=data/models/minilm-l6-v2.q8.pack
if [[ -n ${CARREL_MODEL:-} ]]; then
    [[ -r $CARREL_MODEL ]] || { echo "carrel: CARREL_MODEL names $CARREL_MODEL, which cannot be read" >&2; exit 1; }
    exit 0
fi
[[ -f $pack ]] && exit 0
Scripts/fetch-model.sh
Scripts/say.sh "packing the model"
./carrel model pack data/models/source -o "$pack"
