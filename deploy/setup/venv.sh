#!/bin/sh
# Make .venv with the given Python and put uv into it, pinned and hashed.
set -eu
python=$1

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Amtsweg braucht Python ab 3.11; \"$python\" ist es nicht. Ein anderes wählen: make PYTHON=python3.12 env" >&2
    exit 1
}
echo "· Umgebung .venv"
rm -rf .venv
if ! "$python" -m venv .venv >/dev/null 2>&1; then
    # Debian ships venv as a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=120 python3-venv
    fi
    rm -rf .venv
    "$python" -m venv .venv || {
        echo "Eine virtuelle Umgebung lässt sich nicht anlegen; unter Debian hilft: apt-get install python3-venv" >&2
        exit 1
    }
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
    -r deploy/setup/requirements-uv.lock
