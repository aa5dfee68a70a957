#!/usr/bin/env bash
# Installs the bundle on a Debian 12 that has nothing but the packages of debootstrap's minbase, in a network namespace
# without a network, and measures the time from the archive to the first answer out of one's own documents.
#
# usage: try-bundle.sh [BUNDLE]      default: what `make bundle` makes now
#
# The minimal Debian is fetched once into .setup/bookworm.tar and needs the network then, nothing later.
set -euo pipefail
trap 'echo "try-bundle.sh: line $LINENO failed: $BASH_COMMAND" >&2' ERR
limit=30
if [[ $(id -u) -ne 0 ]] || ! unshare --net --mount --pid --fork true 2>/dev/null; then
    echo "skipped: only root can make a system without a network here"
    exit 0
fi
bundle=${1:-$(Scripts/bundle.sh)}
image=.setup/bookworm.tar
mkdir -p .setup
if [[ ! -r $image ]]; then
    command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null 2>&1 || true
    command -v debootstrap >/dev/null || { echo "skipped: debootstrap is not here"; exit 0; }
    Scripts/say.sh "fetching a minimal Debian 12, once"
    fresh=$(mktemp -d)
    if ! debootstrap --variant=minbase bookworm "$fresh" >.setup/debootstrap.log 2>&1; then
        rm -rf "$fresh"
        echo "skipped: a minimal Debian cannot be fetched (see .setup/debootstrap.log)"
        exit 0
    fi
    tar -C "$fresh" --exclude=./var/cache/apt --exclude=./var/lib/apt/lists -cf "$image.part" .
    mv "$image.part" "$image"
    rm -rf "$fresh"
fi

root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT
tar -C "$root" -xf "$image"
# mktemp's folders are private; a system's root is not.
chmod 755 "$root"
mkdir -p "$root/bundle" "$root/home/ada"
cp "$bundle" "$root/bundle/"
documents=$root/home/ada/Documents
mkdir -p "$documents/handbook"
printf '# Bookkeeping\n\n## Invoices\n\nInvoices are kept for ten years, counted from the end of the year they were written in.\n' >"$documents/handbook/bookkeeping.md"
printf 'The bakery opens at six. On Mondays it stays closed.\n' >"$documents/opening-hours.txt"

# What runs inside. Nothing of this machine is on its path.
cat >"$root/trial.sh" <<'TRIAL'
set -euo pipefail
trap 'echo "failed at line $LINENO of the trial"' ERR
export HOME=/home/ada PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
! command -v swift && ! command -v curl && ! command -v gcc
# The trial is worth nothing if there is a way out.
[[ $(grep -c : /proc/net/dev) == 1 ]] || { echo "there is a network here"; exit 1; }
began=$(date +%s%N)
elapsed() { echo "$((($(date +%s%N) - began) / 1000000)) ms: $*"; }

cd /bundle && sha256sum ./*.tar.gz >/dev/null && tar -xzf ./*.tar.gz
elapsed unpacked
./carrel-*/install.sh
elapsed "installed in /usr/local"
cd "$HOME"
carrel import --data /tmp/first Documents
elapsed "imported"
carrel search --data /tmp/first "how long do we keep invoices" | tee /tmp/answer
grep -q "handbook/bookkeeping.md" <(head -2 /tmp/answer)
elapsed "first answer out of one's own documents"
echo $((($(date +%s%N) - began) / 1000000)) >/first-answer

# By meaning too: no word of the question is in the text.
carrel search --data /tmp/first --mode vector "storage period of bills" >/tmp/answer
grep -q bookkeeping.md <(head -2 /tmp/answer)
carrel version --data /tmp/first >/tmp/version
grep -q /usr/local/share/carrel/models /tmp/version

# As the service runs: the service's user, its folder, a port.
[[ $(stat -c '%U %a' /var/lib/carrel) == "carrel 700" ]]
export CARREL_DATA=/var/lib/carrel
su -s /bin/bash carrel -c 'umask 077; exec carrel serve' 2>/tmp/serve.log &
server=$!
for _ in $(seq 100); do
    (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null && break
    sleep 0.1
done
carrel import Documents
carrel search "when is the bakery closed" >/tmp/answer
grep -q opening-hours.txt <(head -2 /tmp/answer)
token=$(carrel token issue --user ada)
exec 3<>/dev/tcp/127.0.0.1/8080
body='{"query": "invoices"}'
printf 'POST /v1/search HTTP/1.0\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' "$token" ${#body} "$body" >&3
grep -q bookkeeping.md <&3
# The bridge for agents loads a library of its own.
echo '{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "trial", "version": "1"}}}' |
    carrel stdio >/tmp/stdio
grep -q '"serverInfo"' /tmp/stdio
elapsed "the same through the running service"
# Nothing in the folder belongs to anybody else.
find /var/lib/carrel ! -user carrel >/tmp/foreign
[[ ! -s /tmp/foreign ]] || { cat /tmp/foreign; false; }
# su hands the signal on and waits; the server drains.
kill "$server"
wait "$server" || true
[[ ! -S /var/lib/carrel/run/carrel.sock ]] || ! (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null

# Again is an upgrade, and away it goes; the data stays both times.
/bundle/carrel-*/install.sh >/tmp/upgrade
grep -q '^installed carrel' /tmp/upgrade
before=$(find /var/lib/carrel -name '*.sqlite' | wc -l)
/bundle/carrel-*/install.sh --uninstall
[[ ! -e /usr/local/bin/carrel && -z $(find /usr/local -type f) ]] || { find /usr/local -type f; exit 1; }
[[ $(find /var/lib/carrel -name '*.sqlite' | wc -l) == "$before" && $before -ge 2 ]]

# And as somebody who is not root.
unset CARREL_DATA
useradd --create-home --home-dir /home/bob bob
cp -r /home/ada/Documents /home/bob/ && chown -R bob /home/bob/Documents
su bob -c 'cd ~ && cp -r /bundle/carrel-*/ b && ./b/install.sh >/dev/null && .local/bin/carrel import Documents && .local/bin/carrel search invoices' >/tmp/bob
grep -q bookkeeping.md /tmp/bob
su bob -c '/bundle/carrel-*/install.sh --uninstall >/dev/null; cd ~; ! test -e .local/bin/carrel; test -d carrel-data'

# A damaged file is found before anything is copied.
printf x >>"$(echo /bundle/carrel-*/share/carrel/demo/manifest.json)"
! /bundle/carrel-*/install.sh 2>/tmp/damaged && grep -q damaged /tmp/damaged && [[ ! -e /usr/local/bin/carrel ]]
TRIAL

unshare --net --mount --pid --fork --kill-child bash -euc '
    ip link set lo up 2>/dev/null || true
    mount -t proc proc "$1/proc"
    mount -t tmpfs tmpfs "$1/tmp"
    [ -c "$1/dev/null" ] || { mount -t tmpfs tmpfs "$1/dev"; for d in null zero urandom random tty; do touch "$1/dev/$d"; mount --bind "/dev/$d" "$1/dev/$d"; done; ln -s /proc/self/fd "$1/dev/fd"; }
    exec chroot "$1" /usr/bin/env -i /bin/bash /trial.sh' bash "$root"
first=$(cat "$root/first-answer")
echo "from the bundle to the first answer: $first ms (limit $limit s)"
((first < limit * 1000))
