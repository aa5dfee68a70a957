internal import JSON

/// The keys that an issuer published at one time, with what they were found to have signed.
///
/// A new fetch makes a new set, so a signature by a key that is gone is forgotten with it.
public final class ForeignKeySet: Sendable {
    /// Bytes of a JWK set and of an issuer's metadata.
    public static let sizeLimit = 256 << 10
    private static let keyLimit = 100

    private let keys: [String: [ForeignKey]]
    private let signatures = SignatureCache<Bool>()

    /// Reads a JWK set; keys that are of no use to us are left out.
    /// - Returns: nil if it is no JWK set, or one of more than 100 keys.
    public init?(jwks bytes: [UInt8]) {
        guard bytes.count <= Self.sizeLimit, let root = try? JSONValue(parsing: bytes, maximumDepth: 8),
            let list = root["keys"]?.arrayValue, list.count <= Self.keyLimit
        else { return nil }
        var keys: [String: [ForeignKey]] = [:]
        for jwk in list.compactMap(\.objectValue) {
            guard let id = jwk["kid"]?.stringValue, let key = ForeignKey(jwk) else { continue }
            keys[id, default: []].append(key)
        }
        self.keys = keys
    }

    /// How many keys verify.
    public var count: Int { keys.values.reduce(0) { $0 + $1.count } }

    /// Whether a key of this id verifies.
    public func knows(_ keyID: String) -> Bool { keys[keyID] != nil }

    /// Whether the token is signed by the key it names; remembered for 1,024 tokens.
    func isGenuine(_ token: CompactJWT, hash: [UInt8]) -> Bool {
        guard let keys = keys[token.keyID] else { return false }
        if signatures[hash] == true { return true }
        let isGenuine = keys.contains {
            $0.isValid(signature: token.signature, over: token.signingInput, by: token.algorithm)
        }
        if isGenuine { signatures.remember(true, tokenHash: hash) }
        return isGenuine
    }
}
