#!/usr/bin/env bash
# Has systemd read the unit, and measure how much of the machine is open to the service: 0 is nothing, 10 everything.
set -euo pipefail
most=2.0
command -v systemd-analyze >/dev/null || { echo "skipped: systemd is not here"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/bin" "$folder/share/doc/carrel"
cp "$(readlink -f carrel)" "$folder/bin/carrel"
cp docs/operators.md "$folder/share/doc/carrel/"
sed "s|@PREFIX@|$folder|" deploy/carrel.service >"$folder/carrel.service"
systemd-analyze verify --man=no "$folder/carrel.service" 2>"$folder/complaints" || true
[[ ! -s $folder/complaints ]] || { cat "$folder/complaints"; exit 1; }
exposure=$(systemd-analyze security --offline=true --no-pager "$folder/carrel.service" | grep -oE 'exposure level for carrel.service: [0-9.]+' | grep -oE '[0-9.]+$')
echo "exposure level: $exposure (at most $most)"
awk -v is="$exposure" -v most="$most" 'BEGIN { exit !(is != "" && is <= most) }'

# The system calls that a server really makes must be among those the unit allows.
command -v strace >/dev/null || { echo "skipped: the calls of a running server (strace is not here)"; exit 0; }
filter() { systemd-analyze syscall-filter --no-pager "$1" | awk '/^ +[@a-z]/ { print $1 }'; }
members() {
    local word
    filter "$1" | while read -r word; do
        if [[ $word == @* ]]; then members "$word"; else echo "$word"; fi
    done
}
members @system-service | sort -u >"$folder/allowed"
members @privileged | sort -u >"$folder/refused"
strace -f -qq -o "$folder/trace" ./carrel serve --data "$folder/data" --listen 127.0.0.1:0 2>"$folder/log" &
server=$!
for _ in $(seq 200); do [[ -S $folder/data/run/carrel.sock ]] && break; sleep 0.1; done
printf '{"id": "1", "text": "The heron waits for fish."}\n' | ./carrel import --data "$folder/data" - 2>/dev/null
./carrel search --data "$folder/data" heron | grep heron >/dev/null
child=$(cat "/proc/$server/task/$server/children")
kill "${child:-$server}"
wait "$server" || true
grep -oE '^[0-9]+ +[a-z_0-9]+\(' "$folder/trace" | grep -oE '[a-z_0-9]+\($' | tr -d '(' | sort -u >"$folder/made"
# SQLite gives its files to the owner of the database where it runs as root, which the service does not.
[[ $(id -u) -ne 0 ]] || sed -i '/^fchown$/d' "$folder/made"
comm -23 "$folder/made" "$folder/allowed" >"$folder/outside"
comm -12 "$folder/made" "$folder/refused" >>"$folder/outside"
echo "system calls of a server: $(wc -l <"$folder/made") kinds"
[[ ! -s $folder/outside ]] || { echo "not allowed by the unit: $(tr '\n' ' ' <"$folder/outside")"; exit 1; }
