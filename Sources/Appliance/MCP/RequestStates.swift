import Access
import JSON
import JSONRPC
import MCP
import TenantStore

/// Closes what a client carries between the rounds of one call, and opens it again for that call alone.
///
/// A state is good for ten minutes, for the same user of the same tenant, and for the same method, target and arguments.
struct RequestStates {
    let seal: TokenSeal

    private static let lifetime: Int64 = 600_000

    /// What the state of a call is bound to beside its principal.
    struct Binding {
        let method: String
        let target: String
        var arguments: JSONObject = [:]

        fileprivate var digest: [UInt8] {
            Digest.sha256(Array("\(method)\n\(target)\n".utf8) + JSONValue.object(arguments).canonical.encoded())
        }
    }

    /// The sealed form: `expiry, 8 bytes | digest, 32 bytes | payload`.
    func close(_ payload: [UInt8], _ binding: Binding, _ context: RequestContext) -> String {
        let expiry = Timestamp.now.milliseconds + Self.lifetime
        let head = (0..<8).map { UInt8(truncatingIfNeeded: expiry >> Int64(56 - 8 * $0)) }
        return seal.seal(head + binding.digest + payload, for: purpose(context))
    }

    /// The payload; nil for a call without a state.
    /// - Throws: -32602 for anything that was not made for this call.
    func open(_ text: String?, _ binding: Binding, _ context: RequestContext) throws(RPCError) -> [UInt8]? {
        guard let text else { return nil }
        guard let bytes = seal.open(text, for: purpose(context)), bytes.count >= 40,
            Digest.constantTimeEquals(bytes[8..<40], binding.digest),
            bytes[..<8].reduce(Int64(0), { $0 << 8 | Int64($1) }) > Timestamp.now.milliseconds
        else { throw .invalidRequestState }
        return Array(bytes[40...])
    }

    private func purpose(_ context: RequestContext) -> String {
        let user = Digest.hexadecimal(Digest.sha256(Array(context.userID.utf8)))
        return "mcp state \(context.tenant?.uid ?? "-") \(user)"
    }
}

extension JSONValue {
    /// The same value with the members of every object by name, so that equal values have equal bytes.
    fileprivate var canonical: JSONValue {
        switch self {
        case .array(let items): .array(items.map(\.canonical))
        case .object(let object):
            .object(
                JSONObject(
                    object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                        .map { ($0.key, $0.value.canonical) }))
        default: self
        }
    }
}
