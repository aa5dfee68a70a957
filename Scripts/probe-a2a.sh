#!/usr/bin/env bash
# The project's black-box A2A probes: whole on the conformance server, whose fixture agents know the probes' slow tasks; on the
# product only those checks may fail, and the list of their names is held here.
set -uo pipefail
probes=${CARREL_PROBES:-../shared/probes}
if [[ ! -r $probes/probe_a2a.py ]]; then
    echo "skipped: $probes is not here"
    exit 0
fi
python=$(Scripts/setup-python.sh a2a) && python03=$(Scripts/setup-python.sh a2a03) && proof=$(Scripts/setup-python.sh a2aproof) || exit 1
conformance=$(swift build -c release --show-bin-path)/carrel-conformance
export python python03 proof probes
current() { "$python" "$probes/probe_a2a.py" --url "$CARREL_URL" --token "$CARREL_TOKEN" --require-signature --quiet; }
former() { "$python03" "$probes/probe_a2a_03.py" --url "$CARREL_URL" --token "$CARREL_TOKEN"; }
contract() {
    local status=0
    for transport in JSONRPC HTTP+JSON; do
        sed -e "s|url: http://127.0.0.1:9995/strict|url: $CARREL_URL/a2a/1.0|" -e "s|transport: JSONRPC .*|transport: $transport|" \
            "$probes/a2a-proof.yaml" >"$CARREL_DATA/a2a-proof.yaml"
        "${proof%/*}/a2a-proof" run "$CARREL_DATA/a2a-proof.yaml" || status=1
    done
    return $status
}
export -f current former contract
status=0
for probe in current former contract; do
    Scripts/say.sh "a2a, conformance server: $probe"
    # The first two bring a token and want strangers refused; the contract's client has none.
    strangers=refused
    [[ $probe != contract ]] || strangers=admitted
    SERVER="$conformance --strangers $strangers" Scripts/with-server.sh bash -c "$probe" || status=1
done
exit $status
