#!/bin/sh
# Bring .venv to exactly the locked packages. uv does not read pip's settings: the index and certificates set for pip are handed on.
set -eu
export UV_PYTHON_DOWNLOADS=never
if [ -n "${PIP_INDEX_URL:-}" ] && [ -z "${UV_DEFAULT_INDEX:-}" ]; then export UV_DEFAULT_INDEX="$PIP_INDEX_URL"; fi
if [ -n "${PIP_CERT:-}" ] && [ -z "${SSL_CERT_FILE:-}" ]; then export SSL_CERT_FILE="$PIP_CERT"; fi
echo "· Pakete"
.venv/bin/uv pip sync --quiet --require-hashes --python .venv/bin/python requirements-test.lock
