#!/usr/bin/env bash
# Everything `make test` promises: release build, unit tests, end-to-end tests with the official clients; a count at the end.
set -uo pipefail
jobs=$(Scripts/build-jobs.sh)
flags=(--explicit-target-dependency-import-check error)
log=.setup/test.log
mkdir -p .setup
: >"$log"
passed=0 failed=0 skipped=0
began=$SECONDS

fail_now() {
    echo "$1" >&2
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
}

# Without a browser the tests of the search page skip, and say so.
Scripts/setup-packages.sh tests || true

make --no-print-directory model || fail_now "the build or the model set-up failed"

Scripts/say.sh "building the tests"
swift build -c release --build-tests -j "$jobs" "${flags[@]}" 2>&1 | grep -E 'error|warning:|Build complete' >&2
[[ ${PIPESTATUS[0]} -eq 0 ]] || fail_now "the tests do not build"
built=$SECONDS

Scripts/say.sh "unit tests"
timeout 1500 swift test -c release --skip-build --no-parallel "${flags[@]}" 2>&1 | tee -a "$log" | grep --line-buffered -vE '^\[[0-9]+/[0-9]+\]|^◇|started\.$|passed after'
status=${PIPESTATUS[0]}
summary=$(grep -oE 'Test run with [0-9]+ tests?.*' "$log" | tail -1)
unit=$(grep -oE 'with [0-9]+' <<<"$summary" | head -1 | grep -oE '[0-9]+')
bad=$(grep -cE '^✘ Test [^r].* failed after' "$log")
skip=$(grep -cE '^➜ Test .* skipped' "$log")
[[ -n $unit ]] || fail_now "the unit tests did not run (see $log)"
[[ $status -eq 0 || $bad -gt 0 ]] || bad=1
failed=$((failed + bad)) skipped=$((skipped + skip)) passed=$((passed + unit - bad - skip))

for suite in modern legacy fastmcp a2a a2a03; do
    Scripts/say.sh "end-to-end tests with the official clients ($suite)"
    python=$(Scripts/setup-python.sh "$suite") || fail_now "the python environment '$suite' could not be made"
    report=.setup/pytest-$suite.txt
    timeout 900 "$python" -m pytest -q -p no:cacheprovider -m "not slow" "Tests/clients/$suite" 2>&1 | tee "$report"
    status=${PIPESTATUS[0]}
    line=$(tail -1 "$report")
    number() { grep -oE "[0-9]+ $1" <<<"$line" | grep -oE '[0-9]+' || echo 0; }
    p=$(number passed) f=$(($(number failed) + $(number error)))
    [[ $status -eq 0 || $f -gt 0 ]] || f=1
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + $(number skipped)))
done

Scripts/say.sh "set-up and build $((built - began)) s, tests $((SECONDS - built)) s"
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed -eq 0 ]]
