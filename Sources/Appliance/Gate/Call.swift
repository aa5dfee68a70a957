package import HTTPServer

/// What arrives at the gate: who claims to call, from where, and the names the call is known by.
package final class Call: Sendable {
    /// The values of `Authorization`: what the caller shows to prove who they are.
    package let credential: [String]
    package let clientAddress: String
    /// The call came from a command on this machine: through the data folder's socket, which its owner alone can open.
    package let isFromFolder: Bool
    /// The name in the certificate the caller's machine showed; it opens nothing.
    package let certificateName: String?
    package let requestID: String
    package let trace: TraceContext
    package let costLabel: String?
    /// What the gate found out when it looked at the credential before; only the gate can make one.
    let admission: Gate.Admission?

    /// The call of an HTTP request.
    package init(_ request: HTTPRequest) {
        var random = DrawnAhead()
        credential = request.headers.values("Authorization")
        clientAddress = Self.address(request.client)
        isFromFolder = request.peer == .unixSocket
        certificateName = request.clientCertificateName
        requestID = Self.identifier(request.headers["X-Request-Id"]) ?? Self.newIdentifier(&random)
        trace = TraceContext(traceparent: request.headers["traceparent"], random: &random)
        costLabel = Self.identifier(request.headers["X-Cost-Label"])
        admission = nil
    }

    /// The same call, once the gate has looked at its credential.
    convenience init(_ call: Call, admission: Gate.Admission) {
        self.init(call, credential: call.credential, admission: admission)
    }

    /// The same call without the credential, for what goes on for hours once it was let in.
    convenience init(letIn call: Call) {
        self.init(call, credential: [], admission: nil)
    }

    private init(_ call: Call, credential: [String], admission: Gate.Admission?) {
        self.credential = credential
        clientAddress = call.clientAddress
        isFromFolder = call.isFromFolder
        certificateName = call.certificateName
        requestID = call.requestID
        trace = call.trace
        costLabel = call.costLabel
        self.admission = admission
    }

    /// The call of work that goes on after the call which handed it over: known by the same request id and trace.
    init(of stored: StoredCaller) {
        var random = SystemRandomNumberGenerator()
        credential = []
        clientAddress = "task"
        isFromFolder = false
        certificateName = nil
        requestID = Self.identifier(stored.requestID) ?? Self.newIdentifier(&random)
        trace = TraceContext(traceparent: stored.traceparent, random: &random)
        costLabel = stored.costLabel
        admission = nil
    }

    /// The call behind bytes that are no request: there is nothing to know it by but the address.
    package init(unreadableFrom peer: PeerAddress) {
        var random = SystemRandomNumberGenerator()
        credential = []
        clientAddress = Self.address(peer)
        isFromFolder = peer == .unixSocket
        certificateName = nil
        requestID = Self.newIdentifier(&random)
        trace = TraceContext(traceparent: nil, random: &random)
        costLabel = nil
        admission = nil
    }

    private static func address(_ peer: PeerAddress) -> String {
        switch peer {
        case .ip(let address): address
        case .unixSocket, .sharedSocket: "socket"
        }
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
        RandomHex.text(prefix: "r-", words: 1, random: &random)
    }
}
