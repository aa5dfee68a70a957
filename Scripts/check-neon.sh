#!/usr/bin/env bash
# Compare the kernels of AArch64 with the portable ones, and both with what this machine answers: an emulator runs them where
# this machine is of another kind, once with all instructions and once with those of the oldest AArch64.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
clang=$(command -v clang || echo "$(dirname "$(readlink -f "$(command -v swift)")")/clang")
compile() { "$clang" -O2 -Wall -Werror "${@:2}" -I Sources/CKernels/include Tests/Kernels/kernels.c -lm -o "$folder/$1"; }

compile here
"$folder/here" >"$folder/expected" 2>"$folder/log" || { cat "$folder/log" "$folder/expected"; exit 1; }
[[ $(uname -m) != aarch64 ]] || { cat "$folder/log"; exit 0; }
Scripts/setup-packages.sh arm || { echo "skipped: no compiler and emulator for AArch64"; exit 0; }
compile arm --target=aarch64-linux-gnu -static
for cpu in max cortex-a53; do
    echo "emulated AArch64 ($cpu)"
    qemu-aarch64-static -cpu "$cpu" "$folder/arm" >"$folder/found"
    cmp "$folder/expected" "$folder/found" || { echo "other answers than on $(uname -m)"; exit 1; }
done
