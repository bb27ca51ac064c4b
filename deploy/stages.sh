#!/usr/bin/env bash
# Run the stages of `make test`, `make check` or `make bench`: each to its end, also after one has failed; then say what each took.
set -u
BIN=.venv/bin
export PATH="$PWD/$BIN:$PATH" NO_COLOR=1
unset PYTHONDONTWRITEBYTECODE # tests start hundreds of processes: each would compile all modules anew
failed=0
report=()

stage() { # NAME COMMAND…
    local name=$1 begin=$SECONDS verdict=gut
    shift
    echo
    echo "=== $name"
    "$@" || { verdict=FEHLER; failed=1; }
    report+=("$(printf '%-14s %5d s  %s' "$name" $((SECONDS - begin)) "$verdict")")
}

tests() { # ARGUMENTS…
    "$BIN/python" -m pytest -W error "$@"
}

two_at_once() { # ARGUMENTS…; who has nothing left to do takes half of what the other still has
    tests -n 2 --dist worksteal "$@"
}

every_scenario() { # each bundle is sound, and each of its scenarios ends as it says
    local bundle status=0
    for bundle in processes/*/*/bundle.toml; do
        bundle=${bundle%/bundle.toml}
        echo "--- $bundle"
        "$BIN/amtsweg" check "$bundle" || status=1
        "$BIN/amtsweg" scenario "$bundle" || status=1
    done
    return $status
}

stages_of_check() {
    stage "ruff" "$BIN/ruff" check --quiet .
    stage "ruff format" "$BIN/ruff" format --check --quiet .
    stage "mypy" "$BIN/mypy"
    stage "import-linter" "$BIN/lint-imports"
}

stages_of_test() {
    stages_of_check
    stage "house" two_at_once tests/house
    stage "unit" two_at_once tests --ignore=tests/house -m "not serial and not integration and not browser"
    stage "scenarios" every_scenario
    stage "integration" two_at_once tests -m "integration and not serial and not browser"
    stage "serial" tests tests -m "serial and not browser" --durations=10
    stage "browser" two_at_once tests -m browser
    stage "faults" "$BIN/python" -m tests.faults.run --short --seed 7
}

stages_of_bench() {
    local script name
    stage "cost" "$BIN/python" -m bench.cost
    for script in bench/*.py; do
        name=$(basename "$script" .py)
        case $name in _*) continue ;; esac # shared by the others
        stage "$name" "$BIN/python" -m "bench.$name"
    done
}

"stages_of_$1"
echo
echo "=== make $1"
printf '%s\n' "${report[@]}"
exit $failed
