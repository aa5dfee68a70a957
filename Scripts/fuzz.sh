#!/usr/bin/env bash
# Runs the fuzz targets under libFuzzer with the address sanitizer. usage: fuzz.sh [SECONDS [TARGET...]]   (default: 600, all)
# A crash or a hang (25 s) ends with exit 1 and leaves its input in .build/fuzz/found; new inputs are kept beside, not committed.
set -uo pipefail
seconds=${1:-600}
shift || true
out=.build/fuzz
runtime=$(find "$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")"/lib -name 'libclang_rt.fuzzer_no_main-*.a' 2>/dev/null | head -1)
[[ -n $runtime ]] || { echo "this toolchain has no libFuzzer"; exit 1; }
CARREL_FUZZ=1 swift build -c release --scratch-path "$out" --product fuzz --sanitize=address -j "$(Scripts/build-jobs.sh)" \
    -Xswiftc -sanitize-coverage=edge,inline-8bit-counters,pc-table -Xlinker "$runtime" -Xlinker -lstdc++ \
    --explicit-target-dependency-import-check error 2>&1 | grep -E 'error:|Compiling|Build' | tail -5
fuzz=$(CARREL_FUZZ=1 swift build -c release --scratch-path "$out" --sanitize=address --show-bin-path)/fuzz
[[ -x $fuzz ]] || { echo "the fuzzer does not build"; exit 1; }
targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets < <(ls Tests/Fuzz/Corpora)
mkdir -p "$out/found"
failed=0
for target in "${targets[@]}"; do
    mkdir -p "$out/inputs/$target"
    # Swift's runtime keeps what it makes once; the leak check would report it after every run.
    if ASAN_OPTIONS=detect_leaks=0 "$fuzz" "$target" -max_total_time="$seconds" -timeout=25 -max_len=4096 -rss_limit_mb=1024 \
        -artifact_prefix="$out/found/$target-" -print_final_stats=1 \
        "$out/inputs/$target" "Tests/Fuzz/Corpora/$target" >"$out/$target.log" 2>&1; then
        printf '%-10s %s\n' "$target" "$(grep -E '^Done|^stat::(number_of_executed_units|peak_rss_mb)|cov:' "$out/$target.log" | tail -4 | tr '\n' ' ' | sed -E 's/ +/ /g')"
    else
        echo "$target: FAILED, see $out/$target.log and $out/found"
        tail -15 "$out/$target.log"
        failed=1
    fi
done
exit $failed
