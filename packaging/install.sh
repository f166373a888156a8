#!/bin/sh
# Installs a released ibdoc: downloads the archive for this machine and its checksum, compares, and
# puts the program into IBDOC_INSTALL_DIR (~/.local/bin unless told).
#   IBDOC_RELEASES=URL sh install.sh [VERSION]
set -eu

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

releases=${IBDOC_RELEASES:-@RELEASES@}
case $releases in @*) fail "IBDOC_RELEASES is not set: where are the releases?" ;; esac
version=${1:-latest}
to=${IBDOC_INSTALL_DIR:-$HOME/.local/bin}

case $(uname -s)/$(uname -m) in
Linux/x86_64) target=x86_64-unknown-linux-musl ;;
Linux/aarch64 | Linux/arm64) target=aarch64-unknown-linux-musl ;;
Darwin/x86_64) target=x86_64-apple-darwin ;;
Darwin/arm64) target=aarch64-apple-darwin ;;
*) fail "there is no release for $(uname -s) on $(uname -m): cargo install ibdoc" ;;
esac

if [ "$version" = latest ]; then
    from=$releases/latest/download
else
    from=$releases/download/v${version#v}
fi

if command -v curl >/dev/null; then
    get() { curl --fail --silent --show-error --location --proto '=https,file' --output "$2" "$1"; }
elif command -v wget >/dev/null; then
    get() { wget --quiet --output-document="$2" "$1"; }
else
    fail "it needs curl or wget"
fi

if command -v sha256sum >/dev/null; then
    sum() { sha256sum "$1"; }
else
    sum() { shasum -a 256 "$1"; }
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archive=ibdoc-$target.tar.gz
get "$from/$archive" "$work/$archive" || fail "cannot get $from/$archive"
get "$from/$archive.sha256" "$work/sum" || fail "cannot get $from/$archive.sha256"

expected=$(cut -d ' ' -f 1 "$work/sum")
found=$(sum "$work/$archive" | cut -d ' ' -f 1)
[ ${#expected} -eq 64 ] || fail "$archive.sha256 is no SHA-256 sum"
[ "$expected" = "$found" ] || fail "the sum of $archive is $found, not $expected: nothing is installed"

tar -xzf "$work/$archive" -C "$work"
mkdir -p "$to"
# In one step, also over a program that runs.
cp "$work/ibdoc-$target/ibdoc" "$to/.ibdoc.new"
chmod 755 "$to/.ibdoc.new"
mv "$to/.ibdoc.new" "$to/ibdoc"
"$to/ibdoc" --version
echo "installed in $to"
case :$PATH: in *":$to:"*) ;; *) echo "$to is not on the PATH" ;; esac
