#!/usr/bin/env bash
# Everything `make test` promises: release build, unit tests, end-to-end tests with the official clients; a count at the end.
#
# Two lanes run side by side, since the tests of both wait more than they compute: the unit tests and then the clients' suites in one,
# the long suite of the modern clients in the other.
set -uo pipefail
jobs=$(Scripts/build-jobs.sh)
flags=(--explicit-target-dependency-import-check error)
suites=(modern legacy fastmcp a2a a2a03)
# Results of this run: <name>.txt is what was said, <name>.counts three numbers, <name>.time seconds.
results=.setup/results
rm -rf "$results"
mkdir -p "$results"
began=$SECONDS

fail_now() {
    echo "$1" >&2
    echo "0 passed, 1 failed"
    exit 1
}

environments() {
    for name in "${suites[@]}" openapi; do Scripts/setup-python.sh "$name" || return 1; done
}

# Says "passed failed skipped" of one part.
count() { echo "$2 $3 $4" >"$results/$1.counts"; }

unit() {
    local log=$results/unit.txt status total failed skipped
    # The lock is for builds; the README's `make`, in the other lane, must not wait for it.
    timeout 1500 swift test -c release --skip-build --ignore-lock --no-parallel "${flags[@]}" >"$log" 2>&1
    status=$?
    grep -vE '^\[[0-9]+/[0-9]+\]|^◇|started\.$|passed after' "$log"
    total=$(grep -oE 'Test run with [0-9]+ tests?' "$log" | tail -1 | grep -oE '[0-9]+')
    failed=$(grep -cE '^✘ Test [^r].* failed after' "$log")
    skipped=$(grep -cE '^➜ Test .* skipped' "$log")
    [[ -n $total ]] || { echo "the unit tests did not run (see $log)" && count unit 0 1 0 && return; }
    [[ $status -eq 0 || $failed -gt 0 ]] || failed=1
    count unit $((total - failed - skipped)) "$failed" "$skipped"
}

# usage: clients SUITE [OPTION OF PYTEST...]
clients() {
    local suite=$1 report=$results/$1.txt status line failed
    shift
    timeout 900 "$(Scripts/setup-python.sh "$suite")" -m pytest -q -p no:cacheprovider -m "not slow" "$@" "Tests/clients/$suite" \
        >"$report" 2>&1
    status=$?
    line=$(tail -1 "$report")
    number() { grep -oE "[0-9]+ $1" <<<"$line" | grep -oE '[0-9]+' || echo 0; }
    failed=$(($(number failed) + $(number error)))
    [[ $status -eq 0 || $failed -gt 0 ]] || failed=1
    count "$suite" "$(number passed)" "$failed" "$(number skipped)"
    cat "$report"
}

# Runs one part, shows what it said when it is over, and how long it took.
part() {
    local name=$1 start=$SECONDS said
    shift
    said=$("$@" 2>&1)
    echo $((SECONDS - start)) >"$results/$name.time"
    Scripts/say.sh "$name ($((SECONDS - start)) s)"
    printf '%s\n' "$said"
}

# The network serves the environments while the compiler has the processors.
environments >"$results/environments.txt" 2>&1 &
environments=$!

# Without a browser the tests of the search page skip, and say so.
Scripts/setup-packages.sh tests || true

make --no-print-directory model || fail_now "the build or the model set-up failed"

Scripts/say.sh "building the tests"
swift build -c release --build-tests -j "$jobs" "${flags[@]}" 2>&1 | grep -E 'error|warning:|Build complete' >&2
[[ ${PIPESTATUS[0]} -eq 0 ]] || fail_now "the tests do not build"
wait "$environments" || { cat "$results/environments.txt" >&2 && fail_now "a python environment could not be made"; }
built=$SECONDS

Scripts/say.sh "unit tests and end-to-end tests with the official clients: ${suites[*]}"
{
    part unit unit
    for suite in "${suites[@]:1}"; do part "$suite" clients "$suite"; done
} &
lane=$!
part modern clients modern -n 2 --dist loadfile
wait "$lane"

passed=0 failed=0 skipped=0
for name in unit "${suites[@]}"; do
    read -r p f s <"$results/$name.counts" || { echo "$name did not run to its end" && p=0 f=1 s=0; }
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
Scripts/say.sh "set-up and build $((built - began)) s, tests $((SECONDS - built)) s"
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
