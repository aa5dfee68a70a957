import JSON

/// One signature of a card: a JSON Web Signature whose payload is the card itself in canonical form (RFC 7515, RFC 8785).
public struct CardSignature: Sendable, Hashable {
    /// The protected header, base64url.
    public var protected: String
    /// The signature, base64url.
    public var signature: String

    /// Makes a signature.
    public init(protected: String, signature: String) {
        self.protected = protected
        self.signature = signature
    }

    var json: JSONObject { ["protected": .string(protected), "signature": .string(signature)] }

    /// The protected header of a signature with ES256; its members sorted, as the rest of what is signed.
    /// - Parameters:
    ///   - keyID: `kid` of the key.
    ///   - keySet: URL of the key set that holds it.
    public static func header(keyID: String, keySet: String) -> [UInt8] {
        let header: JSONObject = [
            "alg": "ES256", "jku": .string(keySet), "kid": .string(keyID), "typ": "JOSE",
        ]
        return header.encoded()
    }
}

extension AgentCard {
    /// What a signature covers: the members of 1.0 but the signatures, without what is empty, in canonical form.
    ///
    /// `null` and empty texts, lists and objects go, and what becomes empty by that: readers that know the card by its definition in
    /// protobuf cannot tell them from absent ones.
    /// - Returns: nil for an extension's parameter that is a number no `Double` holds.
    public var signedBytes: [UInt8]? {
        (Self.withoutEmpties(.object(current)) ?? .object([:])).canonical
    }

    private static func withoutEmpties(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .null: return nil
        case .bool, .integer, .wideInteger, .number: return value
        case .string(let text): return text.isEmpty ? nil : value
        case .array(let elements):
            let kept = elements.compactMap(withoutEmpties)
            return kept.isEmpty ? nil : .array(kept)
        case .object(let object):
            let kept = JSONObject(
                object.members.compactMap { member in withoutEmpties(member.value).map { (member.key, $0) } })
            return kept.isEmpty ? nil : .object(kept)
        }
    }
}
