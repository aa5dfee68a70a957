import Access
import COpenSSL
import JSON
import Testing

/// A key pair of an identity provider; signs whatever it is given.
///
/// `@unchecked`: the pair is made and freed by OpenSSL, set once and never changed; its functions take one key from many threads.
final class ForeignPair: @unchecked Sendable {
    let kid: String
    let algorithm: SignatureAlgorithm
    private let pair: OpaquePointer

    init(_ kid: String, _ algorithm: SignatureAlgorithm, bits: UInt32 = 2048) throws {
        self.kid = kid
        self.algorithm = algorithm
        pair = try #require(algorithm == .es256 ? carrel_p256_generate() : carrel_rsa_generate(bits))
    }

    deinit { EVP_PKEY_free(pair) }

    /// The public half as an issuer publishes it.
    func jwk(_ changes: JSONObject = [:]) throws -> JSONObject {
        var key: JSONObject = ["kid": .string(kid), "use": "sig", "alg": .string(algorithm.rawValue)]
        if algorithm == .es256 {
            key["kty"] = "EC"
            key["crv"] = "P-256"
            key["x"] = .string(try number(OSSL_PKEY_PARAM_EC_PUB_X, size: 32))
            key["y"] = .string(try number(OSSL_PKEY_PARAM_EC_PUB_Y, size: 32))
        } else {
            key["kty"] = "RSA"
            key["n"] = .string(try number(OSSL_PKEY_PARAM_RSA_N))
            key["e"] = .string(try number(OSSL_PKEY_PARAM_RSA_E))
        }
        for (name, value) in changes.members { key[name] = value.isNull ? JSONValue?.none : value }
        return key
    }

    private func number(_ name: String, size: Int = 0) throws -> String {
        var number: OpaquePointer?
        try #require(EVP_PKEY_get_bn_param(pair, name, &number) == 1)
        defer { BN_free(number) }
        let count = max(size, Int(carrel_bn_byte_count(number)))
        var bytes = [UInt8](repeating: 0, count: count)
        try #require(BN_bn2binpad(number, &bytes, Int32(count)) == count)
        return Digest.base64URL(bytes)
    }

    /// The signature as JWS writes it.
    func sign(_ input: [UInt8], salt: Int32 = 32) throws -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Int(EVP_PKEY_get_size(pair)))
        var length = signature.count
        let context = try #require(EVP_MD_CTX_new())
        defer { EVP_MD_CTX_free(context) }
        var settings: OpaquePointer?
        try #require(EVP_DigestSignInit(context, &settings, EVP_sha256(), nil, pair) == 1)
        if algorithm == .ps256 {
            try #require(EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) == 1)
            try #require(EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, salt) == 1)
        }
        try #require(EVP_DigestSign(context, &signature, &length, input, input.count) == 1)
        let plain = Array(signature.prefix(length))
        return algorithm == .es256 ? try ForeignPair.raw(plain) : plain
    }

    /// r and s of a DER signature, 32 bytes each: a sequence of two numbers with their leading zeros.
    static func raw(_ der: [UInt8]) throws -> [UInt8] {
        try #require(der.count > 8 && der[0] == 0x30 && der[2] == 2)
        let r = Array(der[4..<4 + Int(der[3])])
        let rest = Array(der[(4 + r.count)...])
        let s = Array(rest[2..<2 + Int(rest[1])])
        return [r, s].flatMap { number in
            let digits = Array(number.drop { $0 == 0 })
            return [UInt8](repeating: 0, count: 32 - digits.count) + digits
        }
    }
}

/// An identity provider without a network: its keys, its rules and its tokens.
struct ForeignForge {
    static let now: Int64 = 1_800_000_000
    static let issuer = "https://idp.example.com/realms/demo"
    static let resource = "https://search.example.com/mcp"
    /// Made once: two RSA keys take longer than all that a test does with them.
    private static let sharedPairs = Result {
        try SignatureAlgorithm.allCases.map { try ForeignPair($0.rawValue.lowercased(), $0) }
    }
    let pairs: [ForeignPair]
    let keys: ForeignKeySet
    var rules = ForeignTokenRules()

    init() throws {
        pairs = try Self.sharedPairs.get()
        keys = try #require(ForeignForge.set(pairs.map { try $0.jwk() }))
        rules.issuers = [ForeignForge.issuer]
    }

    static func set(_ keys: [JSONObject]) -> ForeignKeySet? {
        let set: JSONObject = ["keys": .array(keys.map { .object($0) })]
        return ForeignKeySet(jwks: set.encoded())
    }

    /// Good claims with some changed; null leaves one out.
    static func claims(_ changes: JSONObject = [:]) -> JSONObject {
        var claims: JSONObject = [
            "iss": .string(issuer), "aud": .string(resource), "sub": "ann", "exp": .integer(now + 600),
            "iat": .integer(now), "nbf": .integer(now), "tenant_id": "acme", "scope": "openid search", "jti": "j1",
        ]
        for (name, value) in changes.members { claims[name] = value.isNull ? JSONValue?.none : value }
        return claims
    }

    func token(
        _ claims: JSONObject = ForeignForge.claims(), by pair: ForeignPair? = nil, header: JSONObject = [:]
    ) throws -> String {
        try token(payload: claims.encoded(), by: pair, header: header)
    }

    func token(payload: [UInt8], by pair: ForeignPair? = nil, header: JSONObject = [:]) throws -> String {
        let pair = pair ?? pairs[0]
        var head: JSONObject = ["alg": .string(pair.algorithm.rawValue), "kid": .string(pair.kid), "typ": "at+jwt"]
        for (name, value) in header.members { head[name] = value }
        let input = Digest.base64URL(head.encoded()) + "." + Digest.base64URL(payload)
        return try input + "." + Digest.base64URL(pair.sign(Array(input.utf8)))
    }

    func verify(
        _ token: String, rules: ForeignTokenRules? = nil, keys: ForeignKeySet? = nil, now: Int64 = ForeignForge.now
    ) -> Result<ForeignClaims, CredentialRejection> {
        let rules = rules ?? self.rules
        do throws(CredentialRejection) {
            let token = try ForeignToken(token, rules: rules)
            return .success(
                try token.claims(keys: keys ?? self.keys, rules: rules, resource: ForeignForge.resource, now: now))
        } catch {
            return .failure(error)
        }
    }

    func rejection(
        _ token: String, rules: ForeignTokenRules? = nil, keys: ForeignKeySet? = nil, now: Int64 = ForeignForge.now
    ) -> CredentialRejection? {
        guard case .failure(let rejection) = verify(token, rules: rules, keys: keys, now: now) else { return nil }
        return rejection
    }
}
