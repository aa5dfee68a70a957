internal import JSON

/// A token taken apart (RFC 7515 compact form), its header judged, nothing of its payload read yet.
package struct CompactJWT {
    /// The longest token looked at, in bytes.
    package static let sizeLimit = 8_192

    /// `alg`: by which it must have been signed.
    let algorithm: SignatureAlgorithm
    /// `kid`: which key must have signed it.
    let keyID: String
    /// What the signature covers: the first two parts and the dot between.
    package let signingInput: [UInt8]
    /// The signature's bytes.
    let signature: [UInt8]
    private let payload: [UInt8]

    /// Takes a token apart and refuses whatever header could steer its own verification.
    /// - Parameter algorithms: Those taken; the box's own tokens are signed by RS256 alone.
    package init(
        _ token: String, algorithms: [SignatureAlgorithm] = [.rs256]
    ) throws(CredentialRejection) {
        guard token.utf8.count <= CompactJWT.sizeLimit else { throw .malformed }
        let bytes = Array(token.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let headerBytes = Digest.decodeBase64URL(utf8: parts[0]),
            let payload = Digest.decodeBase64URL(utf8: parts[1]), let signature = Digest.decodeBase64URL(utf8: parts[2])
        else { throw .malformed }
        let header = try CompactJWT.object(headerBytes)
        for name in ["jku", "jwk", "x5u", "x5c", "crit"] where header[name] != nil { throw .forbiddenHeader(name) }
        guard let algorithm = algorithms.first(where: { header["alg"] == .string($0.rawValue) }) else {
            throw .algorithm
        }
        switch header["typ"] {
        case nil, .string("JWT")?, .string("at+jwt")?, .string("application/at+jwt")?: break
        default: throw .malformed
        }
        guard case .string(let keyID)? = header["kid"] else { throw .unknownKey }
        self.keyID = keyID
        self.algorithm = algorithm
        self.payload = payload
        self.signature = signature
        signingInput = Array(bytes[..<parts[1].endIndex])
    }

    /// Reads the payload; to be called once the signature is known to be good.
    package func claims() throws(CredentialRejection) -> TokenClaims {
        try TokenClaims(payloadObject())
    }

    /// The payload as it is written; before the signature is checked nothing of it may be believed.
    func payloadObject() throws(CredentialRejection) -> JSONObject {
        try CompactJWT.object(payload)
    }

    /// A header whose only variable part is the key.
    static func header(keyID: String) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 128)
        writer.beginObject()
        writer.member("alg", SignatureAlgorithm.rs256.rawValue)
        writer.member("typ", "JWT")
        writer.member("kid", keyID)
        writer.endObject()
        return writer.bytes
    }

    /// Parses an object in which no member is named twice: readers differ in which of the two they believe.
    private static func object(_ bytes: [UInt8]) throws(CredentialRejection) -> JSONObject {
        guard let value = try? JSONValue(parsing: bytes, maximumDepth: 8), case .object(let object) = value,
            topLevelMemberCount(bytes) == object.members.count
        else { throw .malformed }
        return object
    }

    /// How many members the outermost object is written with.
    ///
    /// `bytes` must be a valid JSON object.
    private static func topLevelMemberCount(_ bytes: [UInt8]) -> Int {
        var depth = 0
        var colons = 0
        var inString = false
        var escaped = false
        for byte in bytes {
            if inString {
                if escaped {
                    escaped = false
                } else if byte == UInt8(ascii: "\\") {
                    escaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: colons += 1
            default: break
            }
        }
        return colons
    }
}
