#!/bin/sh
# See that there is a Chromium for the browser tests: $CHROMIUM, else on PATH, else from the distribution when we are root.
set -eu
if [ -n "${CHROMIUM:-}" ]; then
    [ -x "$CHROMIUM" ] && exit 0
    echo "CHROMIUM zeigt auf \"$CHROMIUM\"; dort ist kein ausführbares Programm." >&2
    exit 1
fi
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "· Browser für die Tests: apt-get install chromium"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq -o DPkg::Lock::Timeout=120
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 chromium >/dev/null
fi
command -v chromium >/dev/null || {
    echo "Für die Tests fehlt ein Browser: apt-get install chromium, oder CHROMIUM auf den Pfad eines Chromium setzen." >&2
    exit 1
}
