#!/usr/bin/env bash
# Does what a newcomer does, twice, and writes down what was typed, what was seen and how long it took:
# from a fresh clone with a warm package cache, and from the bundle on a Debian without network and toolchain.
#
# usage: first-minutes.sh [OUTPUT]      default: docs/first-minutes.md
#
# Warm means: the Debian packages are installed, and pip has the model's package in its cache (or CARREL_MODEL names a
# pack). Nothing of this checkout's build is used.
set -euo pipefail
output=${1:-docs/first-minutes.md}
checkout=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
page=$work/page.md
export PIP_CACHE_DIR=${PIP_CACHE_DIR:-$HOME/.cache/pip}
home=$work/home
mkdir -p "$home/Documents/office"
printf '# Bookkeeping\n\n## Invoices\n\nInvoices are kept for ten years, counted from the end of the year they were written in.\n' >"$home/Documents/office/bookkeeping.md"
printf 'The bakery opens at six. On Mondays it stays closed.\n' >"$home/Documents/opening-hours.txt"

seconds() { awk -v us="$1" 'BEGIN { printf us < 9950000 ? "%.1f s" : "%.0f s", us / 1000000 }'; }
microseconds() { echo $((${EPOCHREALTIME/./} - ${1/./})); }

# One line as it is typed: what it says, without progress, and its time.
type_line() {
    local began=$EPOCHREALTIME status=0
    (cd "$folder" && HOME=$home bash -c "$1") >"$work/said" 2>&1 </dev/null || status=$?
    {
        echo "\$ $1"
        sed -E 's/\x1b\[[0-9;]*m//g; s/.*\r//' "$work/said" | grep -E "${2:-.}" | cut -c1-110 | tail -12 || true
        echo "                                                            [$(seconds "$(microseconds "$began")")]"
    } >>"$page"
    [[ $status -eq 0 ]] || { cat "$work/said" >&2; exit 1; }
}

machine="$(nproc) x $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)"
{
    echo "# The first minutes"
    echo
    echo "Written by [Scripts/first-minutes.sh](../Scripts/first-minutes.sh) at $(git rev-parse --short HEAD) on $machine,"
    echo "load $(cut -d' ' -f1 /proc/loadavg) before it began. In brackets: how long each line took."
    echo
    echo "## From a clone"
    echo
    echo "Debian packages installed, the model's package in pip's cache, nothing built."
    echo
    echo '```'
} >"$page"
began=$EPOCHREALTIME
folder=$work
type_line "git clone -q $checkout carrel"
sed -i "s|git clone -q $checkout carrel|git clone …/carrel|" "$page"
folder=$work/carrel
type_line "make model" '==>|complete'
type_line "./carrel import ~/Documents"
type_line './carrel search "how long do we keep invoices"'
grep -q "bookkeeping.md" <(head -2 "$work/said") || { echo "that is not the answer" >&2; exit 1; }
clone=$(microseconds "$began")
{
    echo '```'
    echo
    echo "From \`git clone\` to the first answer out of one's own documents: **$(seconds "$clone")**."
    echo
    echo "## From the bundle"
    echo
} >>"$page"

cd "$work/carrel"
bundle=$(Scripts/bundle.sh 2>/dev/null)
mkdir -p .setup
[[ -r $checkout/.setup/bookworm.tar ]] && ln -s "$checkout/.setup/bookworm.tar" .setup/bookworm.tar
Scripts/try-bundle.sh "$bundle" >"$work/trial" 2>&1 || { cat "$work/trial" >&2; exit 1; }
{
    if grep -q '^skipped' "$work/trial"; then
        echo "Not tried: $(grep '^skipped' "$work/trial")"
    else
        echo "A Debian 12 with the packages of debootstrap's minbase and no more, in a network namespace without a network"
        echo "([Scripts/try-bundle.sh](../Scripts/try-bundle.sh)); milliseconds from the beginning."
        echo
        echo '```'
        sed -n '1,/first answer out of/p' "$work/trial" | cut -c1-110
        echo '```'
        echo
        echo "From the archive ($(du -h "$bundle" | cut -f1)) to the first answer: **$(seconds "$(awk '/^from the bundle/ { print $8 * 1000 }' "$work/trial")")**."
    fi
} >>"$page"
cd "$checkout"
cp "$page" "$output"
Scripts/say.sh "wrote $output: $(seconds "$clone") from a clone"
