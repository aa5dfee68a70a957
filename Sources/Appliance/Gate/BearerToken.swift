/// The token of an `Authorization: Bearer` header, which is the only place where a credential is looked for.
package enum BearerToken {
    /// Longest token looked at, in bytes.
    static let maximumLength = 8192

    /// Finds the token among the values of the `Authorization` header.
    /// - Throws: ``ApplianceError/credentialMissing``, ``ApplianceError/credentialRefused(reason:)``.
    package static func parse(_ headers: [String]) throws(ApplianceError) -> String {
        guard let header = headers.first else { throw .credentialMissing }
        guard headers.count == 1 else { throw .credentialRefused(reason: "more than one Authorization header") }
        let parts = header.utf8.split(separator: UInt8(ascii: " "), maxSplits: 1, omittingEmptySubsequences: false)
        guard let scheme = parts.first, String(Substring(scheme)).lowercased() == "bearer" else {
            throw .credentialRefused(reason: "the Authorization scheme must be Bearer")
        }
        let token = parts.count == 2 ? String(Substring(parts[1])).trimmingSpaces : ""
        guard !token.isEmpty, token.utf8.count <= maximumLength, token.utf8.allSatisfy(isTokenByte) else {
            throw .credentialRefused(reason: "the token is malformed")
        }
        return token
    }

    /// RFC 6750 `b64token`.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"),
            UInt8(ascii: "/"),
            UInt8(ascii: "="):
            true
        default: false
        }
    }
}

extension String {
    /// Without spaces and tabs at both ends.
    var trimmingSpaces: String {
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard let first = utf8.firstIndex(where: { !isSpace($0) }), let last = utf8.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(self[first...last])
    }
}
