#!/bin/sh
# Fetch what the bundles are made of, exactly as package-lock.json says; no package may run a script of its own.
set -eu
. deploy/setup/node.sh
echo "· Oberfläche"
npm ci --no-progress --loglevel=error
