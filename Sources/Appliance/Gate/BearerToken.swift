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
    /// Every byte of every token comes by here: 16 at a time, and the last 16 once more for what is left.
    static func isToken(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard bytes.count >= 16, let base = UnsafeRawPointer(bytes.baseAddress) else {
            return bytes.allSatisfy { isTokenByte($0) }
        }
        var isToken = SIMDMask<SIMD16<Int8>>(repeating: true)
        for offset in stride(from: 0, through: bytes.count - 16, by: 16) {
            isToken .&= areTokenBytes(base.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self))
        }
        isToken .&= areTokenBytes(base.loadUnaligned(fromByteOffset: bytes.count - 16, as: SIMD16<UInt8>.self))
        return all(isToken)
    }

    @inline(__always)
    private static func areTokenBytes(_ bytes: SIMD16<UInt8>) -> SIMDMask<SIMD16<Int8>> {
        let isLetter = ((bytes | 0x20) &- UInt8(ascii: "a")) .< 26
        // `-`, `.`, `/` and the digits stand in a row.
        let isDigit = (bytes &- UInt8(ascii: "-")) .< 13
        let isSign =
            (bytes .== UInt8(ascii: "_")) .| (bytes .== UInt8(ascii: "~")) .| (bytes .== UInt8(ascii: "+"))
            .| (bytes .== UInt8(ascii: "="))
        return isLetter .| isDigit .| isSign
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        areTokenBytes(SIMD16(repeating: byte))[0]
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
