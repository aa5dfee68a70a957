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
        for byte in bytes where !isTokenByte(byte) { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// RFC 6750 `b64token`: digits, letters and `-._~+/=`, one bit each; every byte of every token comes by here.
    @inline(__always)
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x23FF_E800_0000_0000
        let high: UInt64 = 0x47FF_FFFE_87FF_FFFE
        return byte < 0x80 && (byte < 0x40 ? low : high) &>> UInt64(byte & 0x3F) & 1 == 1
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
