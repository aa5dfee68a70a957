package import Access
package import JSON
package import JSONRPC
import MCP

/// Closes what a client carries between the rounds of one call, and opens it again for that call alone.
///
/// A state is good for ten minutes, for the same user of the same tenant, and for the same method, target and arguments.
package struct RequestStates: Sendable {
    private let seal: TokenSeal

    package init(seal: TokenSeal) { self.seal = seal }

    private static let lifetime: Int64 = 600_000

    /// What the state of a call is bound to beside its principal.
    package struct Binding: Sendable {
        let method: String
        let target: String
        let arguments: JSONObject

        package init(method: String, target: String, arguments: JSONObject = [:]) {
            self.method = method
            self.target = target
            self.arguments = arguments
        }

        fileprivate var digest: [UInt8] {
            Digest.sha256(Array("\(method)\n\(target)\n".utf8) + JSONValue.object(arguments).canonical.encoded())
        }
    }

    /// The sealed form: `expiry, 8 bytes | digest, 32 bytes | payload`.
    package func close(
        _ payload: [UInt8], _ binding: Binding, of principal: Principal, now: Timestamp = .now
    ) -> String {
        let expiry = now.milliseconds + Self.lifetime
        let head = (0..<8).map { UInt8(truncatingIfNeeded: expiry >> Int64(56 - 8 * $0)) }
        return seal.seal(head + binding.digest + payload, for: principal.purpose)
    }

    /// The payload; nil for a call without a state.
    /// - Throws: -32602 for anything that was not made for this call.
    package func open(
        _ text: String?, _ binding: Binding, of principal: Principal, now: Timestamp = .now
    ) throws(RPCError) -> [UInt8]? {
        guard let text else { return nil }
        guard let bytes = seal.open(text, for: principal.purpose), bytes.count >= 40,
            Digest.constantTimeEquals(bytes[8..<40], binding.digest),
            bytes[..<8].reduce(Int64(0), { $0 << 8 | Int64($1) }) > now.milliseconds
        else { throw .invalidRequestState }
        return Array(bytes[40...])
    }
}

/// Whose calls belong together: a user of a tenant, whatever credential they show.
package struct Principal: Hashable, Sendable {
    private let tenant: String
    private let user: String

    package init(tenant: String, user: String) {
        self.tenant = tenant
        self.user = user
    }

    fileprivate var purpose: String {
        "mcp state \(tenant) \(Digest.hexadecimal(Digest.sha256(Array(user.utf8))))"
    }
}

extension RequestContext {
    /// Whose call this is.
    var principal: Principal { Principal(tenant: tenant?.uid ?? "-", user: userID) }
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
