import Access
package import HTTPServer

/// What arrives at the gate: who claims to call, from where, and the names the call is known by.
package struct Call: Sendable {
    /// What the caller shows to prove who they are.
    package enum Credential: Sendable {
        /// The `Authorization` headers of the request.
        case headers([String])
        /// A command of whoever opened the data folder; nil is the operator's view, which opens no tenant.
        case local(TenantContext?)
    }

    package let credential: Credential
    package let clientAddress: String
    package let requestID: String
    package let trace: TraceContext
    package let costLabel: String?

    /// The call of an HTTP request.
    package init(_ request: HTTPRequest) {
        var random = SystemRandomNumberGenerator()
        credential = .headers(request.headers.values("Authorization"))
        clientAddress =
            switch request.peer {
            case .ip(let address): address
            case .unixSocket: "socket"
            }
        requestID = Self.identifier(request.headers["X-Request-Id"]) ?? Self.newIdentifier(&random)
        trace = TraceContext(traceparent: request.headers["traceparent"], random: &random)
        costLabel = Self.identifier(request.headers["X-Cost-Label"])
    }

    /// The call of a local command.
    package init(local tenant: TenantContext?) {
        var random = SystemRandomNumberGenerator()
        credential = .local(tenant)
        clientAddress = "local"
        requestID = Self.newIdentifier(&random)
        trace = TraceContext(traceparent: nil, random: &random)
        costLabel = nil
    }

    /// Takes a caller's identifier of 1 to 128 letters, digits, `.`, `_`, `-` and `:`; anything else is as good as none, since it goes
    /// into logs and back into headers.
    static func identifier(_ text: String?) -> String? {
        guard let text, (1...128).contains(text.utf8.count) else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ":"): true
            default: false
            }
        }
        return isPlain ? text : nil
    }

    private static func newIdentifier(_ random: inout some RandomNumberGenerator) -> String {
        let value = UInt64.random(in: .min ... .max, using: &random)
        let digits = String(value, radix: 16)
        return "r-" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
