import Access
import Appliance
import JSON
import MCP
import JSONRPC
import MCP
import Testing

/// States that clients carry between the rounds of a call.
@Suite struct RequestStateTests {
    private let states = RequestStates(seal: TokenSeal(key: [UInt8](repeating: 3, count: 32)))
    private let ann = Principal(tenant: "t1", user: "ann")
    private let start = Timestamp(milliseconds: 1_800_000_000_000)
    private let binding = RequestStates.Binding(
        method: "tools/call", target: "x", arguments: ["a": 1, "b": ["c": [1, 2], "d": "e"]])

    @Test func `what was closed opens for the same call`() throws {
        for payload in [[], [1, 2, 3], [UInt8](repeating: 9, count: 1_000)] as [[UInt8]] {
            let text = states.close(payload, binding, of: ann, now: start)
            #expect(try states.open(text, binding, of: ann, now: start) == payload)
        }
        #expect(try states.open(nil, binding, of: ann) == nil)
    }

    @Test func `the order of members is none of the call`() throws {
        let text = states.close([7], binding, of: ann, now: start)
        let same = RequestStates.Binding(
            method: "tools/call", target: "x", arguments: ["b": ["d": "e", "c": [1, 2]], "a": 1])
        #expect(try states.open(text, same, of: ann, now: start) == [7])
    }

    @Test func `nothing else opens it`() {
        let text = states.close([7], binding, of: ann, now: start)
        let others: [(RequestStates.Binding, Principal, Int64)] = [
            (.init(method: "prompts/get", target: "x", arguments: ["a": 1]), ann, 0),
            (.init(method: "tools/call", target: "y", arguments: ["a": 1]), ann, 0),
            (.init(method: "tools/call", target: "x", arguments: ["a": 1, "b": ["c": [2, 1], "d": "e"]]), ann, 0),
            (.init(method: "tools/call", target: "x"), ann, 0),
            (binding, Principal(tenant: "t1", user: "bob"), 0), (binding, Principal(tenant: "t2", user: "ann"), 0),
            (binding, ann, 600_000), (binding, ann, 10_000_000),
        ]
        for (binding, principal, later) in others {
            let now = Timestamp(milliseconds: start.milliseconds + later)
            #expect(throws: RPCError.invalidRequestState) {
                try states.open(text, binding, of: principal, now: now)
            }
        }
        #expect(throws: Never.self) {
            try states.open(text, binding, of: ann, now: Timestamp(milliseconds: start.milliseconds + 599_999))
        }
    }

    @Test func `no character of it may change`() throws {
        let text = states.close([7], binding, of: ann, now: start)
        for index in text.indices {
            for other: Character in ["A", "b", "-", "="] where text[index] != other {
                var changed = text
                changed.replaceSubrange(index...index, with: [other])
                // The last character may hold unused bits, which the one spelling of a text leaves at zero.
                #expect(throws: RPCError.invalidRequestState, "\(changed)") {
                    try states.open(changed, binding, of: ann, now: start)
                }
            }
        }
        for bad in ["", "x", text + "A", String(text.dropLast())] {
            #expect(throws: RPCError.invalidRequestState) { try states.open(bad, binding, of: ann, now: start) }
        }
    }
}
