/// The token of an `Authorization: Bearer` header, which is the only place where a credential is looked for.
package enum BearerToken {
    /// Longest token looked at, in bytes.
    static let maximumLength = 8192

    /// Finds the token among the values of the `Authorization` header.
    /// - Throws: ``ApplianceError/credentialMissing``, ``ApplianceError/credentialRefused(reason:)``.
    package static func parse(_ headers: [String]) throws(ApplianceError) -> String {
        guard let header = headers.first else { throw .credentialMissing }
        guard headers.count == 1 else { throw .credentialRefused(reason: "more than one Authorization header") }
        var text = header
        guard let token = text.withUTF8(Self.afterScheme) else {
            throw .credentialRefused(reason: "the Authorization scheme must be Bearer")
        }
        guard !token.isEmpty else { throw .credentialRefused(reason: "the token is malformed") }
        return token
    }

    /// What stands behind `Bearer`, empty if that is no token; nil behind another scheme.
    private static func afterScheme(_ header: UnsafeBufferPointer<UInt8>) -> String? {
        let space = UInt8(ascii: " ")
        let isBlank: (UInt8) -> Bool = { $0 == space || $0 == 0x09 }
        let scheme = header.prefix { $0 != space }
        guard scheme.lazy.map({ $0 | 0x20 }).elementsEqual("bearer".utf8) else { return nil }
        var token = header.dropFirst(scheme.count).drop(while: isBlank)
        while let last = token.last, isBlank(last) { token.removeLast() }
        guard token.count <= maximumLength, token.allSatisfy(isTokenByte) else { return "" }
        return String(decoding: token, as: UTF8.self)
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
