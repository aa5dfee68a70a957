internal import JSON

/// The public half of an RSA key as RFC 7517 writes it.
public struct JSONWebKey: Sendable, Hashable {
    /// `n`, big-endian without leading zeros.
    public let modulus: [UInt8]
    /// `e`, big-endian without leading zeros.
    public let exponent: [UInt8]

    /// A key of known numbers, both big-endian without leading zeros.
    public init(modulus: [UInt8], exponent: [UInt8]) {
        self.modulus = modulus
        self.exponent = exponent
    }

    /// RFC 7638: SHA-256 of the required members in alphabetical order without white space, as base64url.
    public var thumbprint: String {
        let members = #"{"e":"\#(Digest.base64URL(exponent))","kty":"RSA","n":"\#(Digest.base64URL(modulus))"}"#
        return Digest.base64URL(Digest.sha256(Array(members.utf8)))
    }

    /// Writes the key as a member of a JWK set, for signatures by RS256.
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("kty", "RSA")
        writer.member("use", "sig")
        writer.member("alg", "RS256")
        writer.member("kid", thumbprint)
        writer.member("n", Digest.base64URL(modulus))
        writer.member("e", Digest.base64URL(exponent))
        writer.endObject()
    }
}
