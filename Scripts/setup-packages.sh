#!/usr/bin/env bash
# Installs the Debian packages Carrel is built with, and only those that are missing. usage: setup-packages.sh [tests|arm]
# With `tests`, what only tests need too: the browser that shows them the search page, and the shells that complete commands.
# With `arm`, what compiles C for AArch64 and runs it here, and nothing else.
set -euo pipefail
packages=(libsqlite3-dev libssl-dev libcurl4-openssl-dev libevent-dev libnghttp2-dev libstemmer-dev libxml2-dev libzip-dev libseccomp-dev poppler-utils pkg-config python3-venv curl)
if [[ ${1:-} == tests ]]; then
    packages+=(zsh fish)
    [[ -n ${CARREL_CHROMIUM:-} ]] || packages+=(chromium)
fi
[[ ${1:-} != arm ]] || packages=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static)

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

missing=()
for package in "${packages[@]}"; do
    installed "$package" || missing+=("$package")
done
# Any Debian BLAS serves; OpenBLAS is the one worth having.
[[ ${1:-} == arm ]] || installed libopenblas-dev || installed libblas-dev || missing+=(libopenblas-dev)
[[ ${#missing[@]} -eq 0 ]] && exit 0

run=()
if [[ $(id -u) -ne 0 ]]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null || { command -v sudo >/dev/null 2>&1 && [[ -t 0 ]]; }; then
        run=(sudo)
    else
        echo "carrel: these Debian packages are missing; install them and try again:" >&2
        echo "    sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
fi
Scripts/say.sh "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
    # The package lists may be old or absent.
    "${run[@]}" apt-get update -qq
    "${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}
