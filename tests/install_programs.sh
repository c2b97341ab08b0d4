#!/bin/sh
# Installs the programs that the tests run and pip cannot bring: a browser, a Chinese font, gettext.
set -eu

packages=""
command -v chromium >/dev/null || packages="$packages chromium"
command -v msgfmt >/dev/null || packages="$packages gettext"
if ! command -v fc-list >/dev/null || [ -z "$(fc-list :lang=zh)" ]; then
    packages="$packages fontconfig fonts-noto-cjk"
fi
[ -n "$packages" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "Tests that need$packages are skipped or fail. Install them: sudo apt-get install$packages"
    exit 0
fi
echo "Installing$packages"
apt-get update -qq
# shellcheck disable=SC2086  (a list of words)
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $packages >/dev/null
