#!/usr/bin/env bash
# Names the Swift toolchain and refuses one older than 6.2.
set -euo pipefail
need_major=6 need_minor=2

if ! command -v swift >/dev/null 2>&1; then
    echo "carrel: no 'swift' on PATH. Install a Swift $need_major.$need_minor or newer toolchain (swift.org/install) and try again." >&2
    exit 1
fi
line=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+\.[0-9]+(\.[0-9]+)?' | awk 'NR == 1' || true)
version=${line#Swift version }
major=${version%%.*}
minor=${version#*.}
minor=${minor%%.*}
if [[ -z $version ]] || ((major < need_major || (major == need_major && minor < need_minor))); then
    echo "carrel: found ${line:-a 'swift' that names no version} at $(command -v swift); $need_major.$need_minor or newer is needed." >&2
    exit 1
fi
Scripts/say.sh "$line ($(command -v swift))"
