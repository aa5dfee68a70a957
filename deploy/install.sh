#!/bin/sh
# Installs Carrel from the folder this file stands in. Needs neither a network nor a compiler.
#
#   ./install.sh                  as root into /usr/local, with a system user and a service;
#                                 as anybody else into ~/.local
#   ./install.sh --prefix DIR     into another place
#   ./install.sh --uninstall      takes the program away again and leaves the data
#
# DESTDIR     puts everything below another root, for whoever makes packages: no user, no service, no data folder
#
# The same command upgrades. Data is never touched.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=${DESTDIR:-}
data=/var/lib/carrel
prefix=
action=install

say() { printf '%s\n' "$*"; }
fail() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

while [ $# -gt 0 ]; do
    case $1 in
        --prefix) [ $# -gt 1 ] || fail "--prefix needs a folder"; prefix=$2; shift ;;
        --prefix=*) prefix=${1#--prefix=} ;;
        --uninstall) action=uninstall ;;
        -h | --help) sed -n '2,/^set -eu/{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
        *) fail "there is no option $1; see --help" ;;
    esac
    shift
done
is_root() { [ "$(id -u)" -eq 0 ]; }
if [ -z "$prefix" ]; then
    if is_root; then prefix=/usr/local; else prefix=${HOME:?HOME is not set; say --prefix DIR}/.local; fi
fi
case $prefix in /*) ;; *) fail "--prefix must be an absolute path, not $prefix" ;; esac
# A service belongs to the machine: root installs it, and not into somebody's home.
serves() { is_root && [ -z "$root" ]; }
target=$root$prefix
list=$target/share/carrel/installed-files

# The files of the last installation that this one does not bring, and folders that are empty then.
remove_listed() {
    [ -f "$list" ] || return 0
    while IFS= read -r name; do
        case $name in "" | /* | *..*) continue ;; esac
        [ "$1" = all ] || [ ! -e "$here/$name" ] || continue
        rm -f "$target/$name"
        rmdir -p --ignore-fail-on-non-empty "$target/$(dirname "$name")" 2>/dev/null || true
    done <"$list"
}

has_systemd() { [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; }

uninstall() {
    [ -f "$list" ] || fail "there is no installation in $target"
    if serves && has_systemd; then
        systemctl disable --now carrel.service 2>/dev/null || true
    fi
    rm -f "$target/share/carrel/models/minilm-l6-v2.q8.pack.verified"
    remove_listed all
    rm -f "$list"
    rmdir -p --ignore-fail-on-non-empty "$target/share/carrel" 2>/dev/null || true
    if serves && has_systemd; then systemctl daemon-reload; fi
    say "removed Carrel from $target"
    if serves && [ -d "$data" ]; then
        say "left alone: the data in $data and the user carrel. To remove them too:"
        say "    rm -r $data && deluser carrel"
    else
        say "left alone: every data folder"
    fi
}

check_sums() {
    [ -f "$here/SHA256SUMS" ] || return 0
    (cd "$here" && sha256sum --quiet -c SHA256SUMS) || fail "files of this folder are damaged; fetch the bundle again"
}

# Each file takes its name in one step, so that a program that runs keeps its own.
copy_files() {
    (cd "$here" && find bin lib share -type f | LC_ALL=C sort) >"$here/.files" 2>/dev/null || {
        fail "cannot write into $here; unpack the bundle where you may write"
    }
    while IFS= read -r name; do
        mkdir -p "$target/$(dirname "$name")"
        cp "$here/$name" "$target/$name.new"
        case $name in
            bin/*) chmod 755 "$target/$name.new" ;;
            *) chmod 644 "$target/$name.new" ;;
        esac
        mv -f "$target/$name.new" "$target/$name"
    done <"$here/.files"
    sed "s|@PREFIX@|$prefix|g" "$here/lib/systemd/system/carrel.service" >"$target/lib/systemd/system/carrel.service"
    remove_listed missing
    mv -f "$here/.files" "$list"
    chmod 644 "$list"
}

make_user_and_folder() {
    if ! id carrel >/dev/null 2>&1; then
        useradd --system --user-group --no-create-home --home-dir "$data" --shell /usr/sbin/nologin \
            --comment "Carrel search appliance" carrel || fail "cannot make the user carrel"
    fi
    if [ ! -d "$data" ]; then
        mkdir -p "$(dirname "$data")"
        install -d -m 700 -o carrel -g carrel "$data"
    fi
}

if [ "$action" = uninstall ]; then
    uninstall
    exit 0
fi
check_sums
umask 022
upgraded=
[ ! -f "$list" ] || upgraded=yes
copy_files
if [ -z "$root" ]; then
    # Remembers that the model's bytes were checked, which the service's user could not write down here.
    "$target/bin/carrel" model verify "$target/share/carrel/models/minilm-l6-v2.q8.pack" >/dev/null ||
        fail "the program does not run on this machine: it needs the C library of Debian 12 (2.36) or newer"
fi
say "installed $([ -n "$root" ] && echo Carrel || "$target/bin/carrel" --version) in $target"
if serves; then
    make_user_and_folder
    if has_systemd; then
        systemctl daemon-reload
        if [ -n "$upgraded" ] && systemctl is-active --quiet carrel.service; then
            systemctl try-restart carrel.service
            say "restarted the service"
        else
            say "start it with:   systemctl enable --now carrel"
        fi
    fi
    say "its data is in $data; commands find it with --data $data or CARREL_DATA=$data"
elif [ -z "$root" ]; then
    case :$PATH: in
        *:"$prefix/bin":*) ;;
        *) say "put it on your path with:   export PATH=\"$prefix/bin:\$PATH\"" ;;
    esac
fi
[ -n "$root" ] || say "begin with:   carrel import ~/Documents && carrel search \"what you look for\""
