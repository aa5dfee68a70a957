#!/usr/bin/env bash
# Prints the figures of the README. usage: bench.sh [quality|import|ingest|serve|memory|subscribers|page|engines|cli|protocol|lexical|vectors]...   (default: all)
set -euo pipefail
data=${CARREL_BENCH_DATA:-../shared/data}
work=.setup/bench
pack=${CARREL_MODEL:-data/models/minilm-l6-v2.q8.pack}
[[ $* == ingest || $* == protocol || -r $data/scifact/docs.jsonl ]] || { echo "no judged sets in $data; set CARREL_BENCH_DATA"; exit 0; }
[[ $* == ingest || $* == protocol ]] || swift build -c release --product Benchmarks -j "$(Scripts/build-jobs.sh)" --explicit-target-dependency-import-check error >/dev/null
bench=$(swift build -c release --show-bin-path)/Benchmarks
cores=$(nproc)
pin() { if ((cores > 1)); then taskset -c "$1" "${@:2}"; else "${@:2}"; fi; }
pinned=()
((cores > 1)) && pinned=(taskset -c 0)
rss() { awk '/^(RssAnon|RssShmem|VmRSS):/ { v[$1] = $2 } END { printf "RssAnon + RssShmem %.1f MB, RSS %.1f MB\n", (v["RssAnon:"] + v["RssShmem:"]) / 1024, v["VmRSS:"] / 1024 }' "/proc/$1/status"; }

echo "machine: $cores x $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo), $(uname -sr), $(git rev-parse --short HEAD 2>/dev/null || echo no commit), load $(cut -d' ' -f1 /proc/loadavg)"

# A folder with the named sets imported whole; kept between runs.
prepare() {
    for name in "$@"; do
        [[ -r $data/$name/docs.jsonl ]] || { echo "$name is not in $data"; continue; }
        [[ -e $work/$name.done ]] && continue
        mkdir -p "$work"
        # A tenant for each set: a search without a collection then searches that one alone.
        ./carrel tenant create "$name" --data "$work/data" 2>/dev/null
        ./carrel import --data "$work/data" --tenant "$name" --collection "$name" --passages whole "$data/$name/docs.jsonl" 2>/dev/null
        touch "$work/$name.done"
    done
}

start_server() {
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    # taskset becomes the server, so that $! is the server's own process.
    "${pinned[@]}" ./carrel serve --data "$1" --listen "127.0.0.1:$port" --log-level warning 2>"$work/server.log" &
    server=$!
    trap 'kill $server 2>/dev/null || true' EXIT
    for _ in $(seq 200); do curl -sf "http://127.0.0.1:$port/health/ready" >/dev/null && break; sleep 0.05; done
}
stop_server() { kill "$server" && wait "$server" 2>/dev/null || true; trap - EXIT; }

quality() {
    prepare scifact obliqa
    echo "quality: nDCG@10 and recall@100 (carrel eval)"
    for name in scifact obliqa; do
        [[ -e $work/$name.done ]] || continue
        for how in "--mode bm25" "--mode vector" "--fusion rrf" "--fusion minmax" "--fusion calibrated"; do
            printf '  %-8s %-14s ' "$name" "$how"
            # shellcheck disable=SC2086
            ./carrel eval --data "$work/data" --tenant "$name" --collection "$name" --queries "$data/$name/queries.jsonl" --qrels "$data/$name/qrels.tsv" $how
        done
    done
}

import() {
    echo "import of scifact ($(wc -l <"$data/scifact/docs.jsonl") documents)"
    rm -rf "$work/import" && mkdir -p "$work"
    ./carrel import --data "$work/import" --collection scifact --passages whole --no-embeddings "$data/scifact/docs.jsonl" 2>&1 |
        grep -E 'documents/s|index bytes' | sed 's/^/  keywords alone: /'
    echo "  the embedder alone, one thread: $("$bench" embedding "$pack" "$data/scifact/docs.jsonl")"
    ./carrel import --data "$work/import" --collection scifact "$data/scifact/docs.jsonl" 2>&1 | grep embedding | sed 's/^/  /'
}

# 1,000 files out of Debian's documentation, made once; needs apt and its network the first time.
ingest_files() {
    [[ -d $work/ingest/files ]] && return
    local python
    python=$(Scripts/setup-python.sh modern) || return 1
    mkdir -p "$work/ingest/debs" && rm -rf "$work/ingest/packages"
    (cd "$work/ingest/debs" && apt-get download -qq debian-policy developers-reference python3.11-doc postgresql-doc-15 \
        sqlite3-doc git-doc maint-guide debian-reference-en valgrind libxml2-doc installation-guide-amd64 debmake-doc \
        pari-doc >/dev/null 2>&1) || return 1
    for package in "$work"/ingest/debs/*.deb; do dpkg -x "$package" "$work/ingest/packages"; done
    "$python" Scripts/ingest_files.py "$work/ingest/packages" "$work/ingest/files.unfinished" >/dev/null || return 1
    mv "$work/ingest/files.unfinished" "$work/ingest/files"
}

ingest() {
    ingest_files || { echo "ingest: Debian's documentation packages cannot be had here; skipped"; return 0; }
    local files=$work/ingest/files kind count
    for kind in pdf docx html md; do
        count=${count:+$count, }"$(find "$files" -name "*.$kind" | wc -l) $kind"
    done
    echo "ingest of $(find "$files" -type f | wc -l) files ($count), $(du -sm "$files" | cut -f1) MB; keywords alone"
    find "$files" -type f -exec cat {} + >/dev/null
    rm -rf "$work/ingest/data" "$work/ingest/others" && mkdir "$work/ingest/others"
    find "$files" -type f ! -name '*.pdf' -exec ln {} "$work/ingest/others/" \;
    local say='import json, sys; r = json.load(sys.stdin); print("%d stored, %d left out, %.2f s, %d files/s" % (r["added"] + r["unchanged"], r["left_out"], r["seconds"], (r["added"] + r["unchanged"]) / r["seconds"]))'
    run() { ./carrel import --data "$work/ingest/data" --collection "$1" --no-embeddings --json "$2" 2>/dev/null | /usr/bin/python3 -c "$say"; }
    echo "  all:            $(run all "$files")"
    echo "  without PDF:    $(run others "$work/ingest/others")"
    echo "  again, nothing changed: $(run all "$files")"
    echo "  pdftotext alone, one after the other: $( (TIMEFORMAT=%R; time for file in "$files"/*.pdf; do pdftotext -enc UTF-8 -htmlmeta "$file" - >/dev/null 2>&1 || true; done) 2>&1) s"
    CARREL_MODEL=/nowhere start_server "$work/ingest/served"
    echo "  server before:  $(rss "$server")"
    ./carrel import --data "$work/ingest/served" --collection others "$work/ingest/others" >/dev/null 2>&1 || true
    echo "  server after the files without PDF: $(rss "$server")"
    ./carrel import --data "$work/ingest/served" --collection all --json "$files" 2>/dev/null |
        /usr/bin/python3 -c 'import json, sys; r = json.load(sys.stdin); print("  its index of the second collection: %.1f MB" % (r["index_bytes"] / 1e6))' || true
    echo "  server after all of them in another collection: $(rss "$server")"
    stop_server
    rm -rf "$work/ingest/data" "$work/ingest/served" "$work/ingest/others"
}

serve() {
    prepare scifact
    echo "hybrid_search by tools/call with a token, scifact, server on one core (load from another)"
    start_server "$work/data"
    token=$(./carrel token issue --data "$work/data" --tenant scifact --user bench)
    local last=$((cores > 1 ? 1 : 0))
    declare -A cost
    head -256 "$data/scifact/queries.jsonl" >"$work/queries.jsonl"
    for mode in supplied cached fresh; do
        [[ $mode == cached ]] && pin $last "$bench" serve 127.0.0.1 "$port" "$token" "$work/queries.jsonl" cached 16 2 "$pack" >/dev/null
        before=$(awk '{ print $14 + $15 }' "/proc/$server/stat")
        line=$(pin $last "$bench" serve 127.0.0.1 "$port" "$token" "$work/queries.jsonl" $mode 16 8 "$pack")
        after=$(awk '{ print $14 + $15 }' "/proc/$server/stat")
        count=$(grep -oE '[0-9]+ requests\)' <<<"$line" | grep -oE '[0-9]+')
        cost[$mode]=$(((after - before) * 10000 / count))
        echo "  $line; ${cost[$mode]} µs of CPU a request"
    done
    local embedding bound
    embedding=$(pin 0 "$bench" queries "$pack" "$work/queries.jsonl")
    bound=$((embedding + cost[supplied]))
    echo "  fresh is $(awk -v a="${cost[fresh]}" -v b=$bound 'BEGIN { printf "%.2f", a / b }') times the embedder alone ($embedding µs) and a request with its vector"
    stop_server
}

subscribers() {
    echo "subscribers of an event stream: memory each, and whether all got everything in order"
    for how in "2000 tls" "2000" "8000"; do
        # shellcheck disable=SC2086
        /usr/bin/python3 Benchmarks/Serve/subscribers.py "$bench" ./carrel $how
    done
}

memory() {
    prepare scifact
    rm -rf "$work/idle" && start_server "$work/idle"
    sleep 1
    echo "memory, idle: $(rss "$server")"
    stop_server
    start_server "$work/data"
    token=$(./carrel token issue --data "$work/data" --tenant scifact --user bench)
    head -256 "$data/scifact/queries.jsonl" >"$work/queries.jsonl"
    "$bench" serve 127.0.0.1 "$port" "$token" "$work/queries.jsonl" fresh 16 8 "$pack" >/dev/null
    "$bench" serve 127.0.0.1 "$port" "$token" "$work/queries.jsonl" supplied 16 6 "$pack" >"$work/load.txt"
    echo "memory, scifact loaded, after the queries of two runs ($(grep -oE '[0-9]+ requests' "$work/load.txt" | tail -1) in the second): $(rss "$server")"
    stop_server
}

page() {
    command -v chromium >/dev/null || { echo "page: no chromium here (Scripts/setup-packages.sh tests)"; return; }
    prepare scifact
    start_server "$work/data"
    token=$(./carrel token issue --data "$work/data" --tenant scifact --user bench)
    "$(Scripts/setup-python.sh modern)" Benchmarks/Serve/page.py "http://127.0.0.1:$port" "$token" "$data/scifact/queries.jsonl"
    stop_server
}

engines() {
    echo "engines alone, one thread"
    echo "  $(pin 0 "$bench" bm25 "$data/scifact/docs.jsonl" "$data/scifact/queries.jsonl")"
    echo "  $(pin 0 "$bench" embedding "$pack" "$data/scifact/docs.jsonl")"
    pin 0 "$bench" vectors "$pack" "$data/scifact/docs.jsonl" | sed 's/^/  /'
}

# Wall time of commands as a user waits for them: with a server up, and down on a folder of 10,000 passages.
cli() {
    if [[ ! -e $work/cli.done ]]; then
        rm -rf "$work/cli" && mkdir -p "$work"
        head -10000 "$data/obliqa/docs.jsonl" >"$work/cli.jsonl"
        ./carrel import --data "$work/cli" --passages whole "$work/cli.jsonl" 2>/dev/null
        touch "$work/cli.done"
    fi
    median() {
        local began times=()
        for _ in $(seq 21); do
            began=$EPOCHREALTIME
            "$@" >/dev/null 2>&1
            times+=($((${EPOCHREALTIME/./} - ${began/./})))
        done
        printf '%s\n' "${times[@]}" | sort -n | awk '{ t[NR] = $1 } END { printf "%.1f ms (best %.1f)\n", t[11] / 1000, t[1] / 1000 }'
    }
    local question="what must be reported to the regulator"
    echo "commands, wall time, median of 21"
    echo "  carrel --version: $(median ./carrel --version)"
    echo "  carrel search, server down, 10,000 passages: $(median ./carrel search --data "$work/cli" "$question")"
    echo "  the same by keywords alone: $(median ./carrel search --data "$work/cli" --mode bm25 "$question")"
    start_server "$work/cli"
    ./carrel search --data "$work/cli" "$question" >/dev/null
    echo "  carrel search, server up: $(median ./carrel search --data "$work/cli" "$question")"
    stop_server
}

# What a call costs beside its work: the smallest tool, a token, one kept connection.
protocol() {
    rm -rf "$work/protocol" && mkdir -p "$work"
    ./carrel tenant create bench --data "$work/protocol" 2>/dev/null
    echo '{"id": "a", "text": "one document"}' | ./carrel import --data "$work/protocol" --tenant bench --collection notes - >/dev/null 2>&1
    echo "protocol: tools/call of list_collections with a token over a kept connection, server on core 0 (goal: 60 µs)"
    start_server "$work/protocol"
    token=$(./carrel token issue --data "$work/protocol" --tenant bench --user bench)
    # A client on another core sleeps until its answer comes, and waking it is the server's work: on a virtual machine
    # that costs about as much as the call.
    local core
    for core in 0 0 0 $((cores > 1 ? 1 : 0)); do
        echo "  client on core $core: $(pin $core /usr/bin/python3 Benchmarks/Serve/protocol.py 127.0.0.1 "$port" "$token" "$server")"
    done
    stop_server
}

# The keyword engine beside Lucene, Tantivy and PISA on the large corpus; Benchmarks/README.md says how to make it.
lexical() {
    local docs=${CARREL_TECHDOCS:-$work/techdocs/docs.jsonl} peers=../shared/peers
    [[ -r $docs && -d $data/techdocs ]] || { echo "lexical: no corpus at $docs (Benchmarks/README.md); skipped"; return 0; }
    [[ -r $work/lucene/env.sh ]] || bash "$peers/lucene_setup.sh" "$work/lucene" Benchmarks/Lexical/LuceneBench.java >/dev/null
    # shellcheck disable=SC1091
    . "$work/lucene/env.sh"
    [[ -x $work/venv-lexical/bin/python ]] || {
        /usr/bin/python3 -m venv "$work/venv-lexical"
        "$work/venv-lexical/bin/pip" install -q --no-deps -r Benchmarks/Lexical/requirements.txt numpy llvmlite
    }
    "$work/venv-lexical/bin/python" Benchmarks/Lexical/lexical.py "$docs" "$data/techdocs" "$work/lexical" --engine "$bench"
    "$work/venv-lexical/bin/python" Benchmarks/Lexical/lexical.py "$docs" "$data/techdocs" "$work/lexical" --engine "$bench" \
        --limit 200000 --queries 300 --peers lucene,tantivy,bm25s --differences
    "$work/venv-lexical/bin/python" Benchmarks/Lexical/lexical.py "$docs" "$data/techdocs" "$work/lexical" --engine "$bench" \
        --limit 200000 --queries 300 --product
    "$work/venv-lexical/bin/python" Benchmarks/Lexical/lexical.py "$docs" "$data/techdocs" "$work/lexical" --engine "$bench" \
        --indexing --rounds 3
    /usr/bin/python3 Benchmarks/Lexical/bulk.py "$docs" "$work/bulk" --limit 400000
    "$bench" updates "$docs" "$work/lexical" 100000 8000
}

# The vector engine beside hnswlib, FAISS, USearch, SVS and SymphonyQG; Benchmarks/README.md says what it wants.
vectors() {
    local folder=${CARREL_VECTORS:-$work/vectors} python=$work/venv-vectors/bin/python
    [[ -x $python ]] || {
        /usr/bin/python3 -m venv "$work/venv-vectors"
        "$work/venv-vectors/bin/pip" install -q -r Benchmarks/Vectors/requirements.txt
    }
    if [[ ! -r $folder/truth_1536.i32 ]]; then
        local docs=${CARREL_TECHDOCS:-$work/techdocs/docs.jsonl}
        [[ -r $docs ]] || { echo "vectors: no vectors in $folder and no corpus at $docs (Benchmarks/README.md); skipped"; return 0; }
        mkdir -p "$folder"
        head -104000 "$docs" >"$folder/docs.jsonl"
        "$bench" views "$pack" "$folder/docs.jsonl" "$folder/views.f32"
        "$python" Benchmarks/Vectors/views.py "$folder" "$folder/views.f32"
        rm "$folder/views.f32"
    fi
    swift build -c release --product CarrelVectors -j "$(Scripts/build-jobs.sh)" --explicit-target-dependency-import-check error >/dev/null
    local library dimension codes
    library=$(swift build -c release --show-bin-path)/libCarrelVectors.so
    for dimension in 384 1536; do
        pin $((cores > 1 ? 1 : 0)) "$python" Benchmarks/Vectors/vectors.py "$folder" "$work/vectors-$dimension" \
            --dimension "$dimension" --library "$library"
    done
    echo "filters: walk, scan and the plan that chooses between them"
    pin 0 "$bench" filters "$folder/base_384.f32" "$folder/query_384.f32" 384 int4 60
    pin 0 "$bench" filters "$folder/base_1536.f32" "$folder/query_1536.f32" 1536 int4 40
    for codes in float32 int8 int4 best; do
        rm -rf "$work/product"
        pin 0 "$bench" product "$folder/base_384.f32" "$folder/query_384.f32" "$work/product" "$codes"
        rm -rf "$work/product"
        pin 0 "$bench" product "$folder/base_1536.f32" "$folder/query_1536.f32" "$work/product" "$codes" 300 1536
    done
    rm -rf "$work/product"
    pin 0 "$bench" opening "$folder/base_384.f32" "$folder/query_384.f32" 384 "$work"
    pin 0 "$bench" opening "$folder/base_1536.f32" "$folder/query_1536.f32" 1536 "$work"
    "$python" Benchmarks/Vectors/curves.py "$work/vectors-curves.svg" "$work"/vectors-{384,1536}.json
}

parts=("$@")
[[ ${#parts[@]} -gt 0 ]] || parts=(quality import ingest serve memory subscribers page engines cli protocol)
for part in "${parts[@]}"; do "$part"; done
