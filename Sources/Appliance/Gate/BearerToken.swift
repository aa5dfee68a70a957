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
        guard token.count <= maximumLength else { return "" }
        // A buffer of its own: going through a slice checks its bounds at every byte.
        let bytes = UnsafeBufferPointer(rebasing: token)
        return isToken(bytes) ? String(decoding: bytes, as: UTF8.self) : ""
    }

    /// RFC 6750 `b64token`: digits, letters and `-._~+/=`.
    ///
    /// Every byte of every token comes by here: one load each, and no branch.
    private static func isToken(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        foreign.withUnsafeBufferPointer { foreign in
            var seen: UInt8 = 0
            for byte in bytes { seen |= foreign[Int(byte)] }
            return seen == 0
        }
    }

    /// For each byte 0 if a token may have it, else 1.
    private static let foreign: [UInt8] = (UInt8.min...UInt8.max).map { byte in
        let isWord = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        return isWord || "-._~+/=".utf8.contains(byte) ? 0 : 1
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
