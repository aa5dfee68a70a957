#!/usr/bin/env bash
# Makes carrel-VERSION-linux-ARCH.tar.gz, which installs on a Debian 12 or newer without network and toolchain.
#
# Beside what `make install` installs it holds every shared library the program needs except those of the C library's
# own packages, which every Debian has, and the licence of each. The same commit, toolchain and Debian packages give the
# same bytes: names sorted, times those of the commit, owner 0.
set -euo pipefail
trap 'echo "bundle.sh: line $LINENO failed: $BASH_COMMAND" >&2' ERR
export LC_ALL=C
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
version=$(./carrel --version | cut -d' ' -f2)
name=carrel-$version-linux-$(uname -m)
work=.build/bundle
tree=$work/$name
Scripts/stage.sh "$tree"
licenses=$tree/share/doc/carrel/licenses

# What libc6 and the packages it depends on own is on every Debian; the loader must be the machine's own.
of_the_system='^(libc6|libgcc-s1|libcrypt1)(:|$)'
owner() {
    local path
    for path in "$1" "$(readlink -f "$1")" "/usr$1" "${1#/usr}"; do
        dpkg-query -S "$path" 2>/dev/null | awk -F: 'NR == 1 { print $1 }' && return
    done
    true
}
mkdir -p "$tree/lib/carrel"
swift_home=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
: >"$work/libraries"
# What the binary names, and libcurl, which `carrel stdio` loads when it runs. The list is read to its end: who leaves
# early kills its writer, and then the pipe has failed.
curl=$(ldconfig -p | awk '$1 == "libcurl.so.4" && !found++ { print $NF }')
[[ -n $curl ]] || { echo "bundle.sh: libcurl.so.4 is not found on this machine" >&2; exit 1; }
{ ldd "$tree/bin/carrel"; echo "libcurl.so.4 => $curl"; ldd "$curl"; } | awk '$2 == "=>" { print $1, $3 }' | sort -u | while read -r soname path; do
    case $path in
        "") echo "bundle.sh: $soname is not found on this machine" >&2; exit 1 ;;
        "$swift_home"/*) package=swift ;;
        *) package=$(owner "$path") ;;
    esac
    [[ -n $package ]] || { echo "bundle.sh: no package owns $path, so its licence is unknown" >&2; exit 1; }
    [[ $package =~ $of_the_system ]] && continue
    cp -L "$path" "$tree/lib/carrel/$soname"
    if [[ $package != swift ]]; then
        cp -L "/usr/share/doc/$package/copyright" "$licenses/$package"
        echo "$soname $package $(dpkg-query -W -f '${Version}' "$package")" >>"$work/libraries"
    fi
done
cp "$swift_home/share/swift/LICENSE.txt" "$licenses/swift"
{
    echo "This bundle holds, beside Carrel itself (Apache-2.0, licenses/carrel):"
    echo
    echo "- the Swift runtime of $(swift --version 2>/dev/null | grep -oE 'Swift version [0-9.]+' | awk 'NR == 1') (Apache-2.0 with runtime library exception, licenses/swift)"
    echo "- the embedding model all-MiniLM-L6-v2, quantised (Apache-2.0, the text of licenses/carrel)"
    echo "- shared libraries of Debian, unchanged, in lib/carrel, each with its package, version and licenses/PACKAGE:"
    echo
    awk '{ printf "  %-28s %s %s\n", $1, $2, $3 }' "$work/libraries"
    echo
    echo "Debian's security updates do not reach these copies: install a newer bundle instead, or build from source."
} >"$tree/share/doc/carrel/BUNDLED"
find "$tree" -type f -exec chmod go+r {} +

(cd "$tree" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs -d '\n' sha256sum >"$OLDPWD/$work/sums")
mv "$work/sums" "$tree/SHA256SUMS"
tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu -C "$work" -cf - "$name" |
    gzip -9n >"$name.tar.gz"
sha256sum "$name.tar.gz" >"$name.tar.gz.sha256"
Scripts/say.sh "$name.tar.gz: $(du -h "$name.tar.gz" | cut -f1), $(wc -l <"$work/libraries") libraries of Debian in it"
echo "$name.tar.gz"
