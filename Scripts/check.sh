#!/usr/bin/env bash
# The long runs, each named with its time. `make check` runs all; `Scripts/check.sh NAME...` runs those named.
set -uo pipefail
jobs=$(Scripts/build-jobs.sh)
flags=(--explicit-target-dependency-import-check error -j "$jobs" --no-parallel)

kill_rounds() { "$(Scripts/setup-python.sh modern)" -m pytest -q -p no:cacheprovider -m 'slow and not crowd' Tests/clients/modern; }
subscribers() { "$(Scripts/setup-python.sh modern)" -m pytest -q -s -p no:cacheprovider -m crowd Tests/clients/modern; }
schemathesis() {
    CARREL_SCHEMATHESIS=60,130 "$(Scripts/setup-python.sh modern)" -m pytest -q -p no:cacheprovider \
        -k schemathesis Tests/clients/modern/test_openapi.py
}
probe() { Scripts/probe.sh; }
probe_a2a() { Scripts/probe-a2a.sh; }
mcpcheck() { Scripts/mcpcheck.sh; }
authlab() { Scripts/authlab.sh; }
bundle() { Scripts/try-bundle.sh; }
unit() { Scripts/check-unit.sh; }
neon() { Scripts/check-neon.sh; }
debug() { swift test --scratch-path .build/debug-check "${flags[@]}" 2>&1 | tail -40; }
address_sanitizer() {
    swift test --sanitize=address --disable-xctest --scratch-path .build/asan "${flags[@]}" \
        --filter 'JSONTests|MCPTests|HTTPServerTests|BM25Tests|IndexCoreTests|EmbeddingTests|ExtractionTests|AccessTests' 2>&1 | tail -40
}
# Not the files that shrink under a reader: the sanitizer answers the signal itself.
thread_sanitizer() {
    swift test -c release --sanitize=thread --disable-xctest --scratch-path .build/tsan "${flags[@]}" \
        --filter 'HNSWTests|IndexCoreTests' --skip SegmentFileTests 2>&1 | tail -40
}
soak() { "$(Scripts/setup-python.sh modern)" Tests/clients/soak.py "${CARREL_SOAK_SECONDS:-300}" "${CARREL_SOAK_DIMENSION:-384}"; }
fuzz() { Scripts/fuzz.sh "${CARREL_FUZZ_SECONDS:-600}"; }

make --no-print-directory model || exit 1
names=("$@")
[[ ${#names[@]} -gt 0 ]] || names=(kill_rounds subscribers schemathesis probe probe_a2a mcpcheck authlab bundle unit neon debug address_sanitizer thread_sanitizer soak fuzz)
passed=0 failed=0
for name in "${names[@]}"; do
    Scripts/say.sh "check: $name"
    began=$SECONDS
    if "$name"; then
        passed=$((passed + 1)) verdict=passed
    else
        failed=$((failed + 1)) verdict=FAILED
    fi
    printf '%-20s %s in %d s\n' "$name" "$verdict" $((SECONDS - began))
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
