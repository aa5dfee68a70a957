import Access
import JSON
import TestKit
import Testing

@Suite("Tokens of identity providers")
struct ForeignTokenTests {
    let forge: ForeignForge
    init() throws { forge = try ForeignForge() }

    private func scopes(_ claims: JSONObject, _ rules: ForeignTokenRules? = nil) throws -> ScopeSet {
        try forge.verify(forge.token(ForeignForge.claims(claims)), rules: rules).get().scopes
    }

    @Test(arguments: SignatureAlgorithm.allCases)
    func `each algorithm is taken, twice`(algorithm: SignatureAlgorithm) throws {
        let pair = try #require(forge.pairs.first { $0.algorithm == algorithm })
        let token = try forge.token(by: pair)
        for _ in 0..<2 {
            #expect(
                forge.verify(token)
                    == .success(
                        ForeignClaims(
                            issuer: ForeignForge.issuer, tenantName: "acme", userID: "ann", scopes: .search,
                            expiresAt: ForeignForge.now + 600, id: "j1")))
        }
        // Another pair under the same id.
        #expect(forge.rejection(try forge.token(by: ForeignPair(pair.kid, algorithm))) == .signature)
    }

    @Test func `a key signs by no algorithm but its own`() throws {
        for pair in forge.pairs {
            for other in forge.pairs where other !== pair {
                let token = try forge.token(by: pair, header: ["kid": .string(other.kid)])
                #expect(forge.rejection(token) == .signature)
                let renamed = try forge.token(by: pair, header: ["alg": .string(other.algorithm.rawValue)])
                #expect(forge.rejection(renamed) == .signature)
            }
        }
    }

    /// PS256 means a salt of 32 bytes (RFC 7518 section 3.5).
    @Test(arguments: [Int32(0), 20, 31, 33, 64])
    func `another salt is another signature`(salt: Int32) throws {
        let pair = try #require(forge.pairs.first { $0.algorithm == .ps256 })
        let key = try #require(ForeignKey(pair.jwk()))
        let input = Array("input".utf8)
        #expect(key.isValid(signature: try pair.sign(input), over: input, by: .ps256))
        #expect(!key.isValid(signature: try pair.sign(input, salt: salt), over: input, by: .ps256))
    }

    /// RFC 7515 appendix A.3.
    @Test func `the published ES256 signature is valid, and no other`() throws {
        let key = try #require(
            ForeignKey([
                "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
            ]))
        let input = Array(
            "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
                .utf8)
        let signature = try #require(
            Digest.decodeBase64URL(
                "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"))
        #expect(key.algorithms == [.es256])
        #expect(key.isValid(signature: signature, over: input, by: .es256))
        for bit in 0..<512 {
            var changed = signature
            changed[bit / 8] ^= 1 << (bit % 8)
            #expect(!key.isValid(signature: changed, over: input, by: .es256), "bit \(bit)")
        }
        let others: [[UInt8]] = [
            [], Array(signature.prefix(63)), signature + [0], [0] + signature, [UInt8](repeating: 0, count: 64),
            Array(signature.prefix(32)) + [UInt8](repeating: 0, count: 32), [UInt8](repeating: 255, count: 64),
        ]
        for other in others { #expect(!key.isValid(signature: other, over: input, by: .es256)) }
    }

    @Test(arguments: [
        "none", "None", "NONE", "nOnE", "HS256", "HS512", "rs256", "RS256 ", "RS384", "RS512", "PS384", "ES384",
        "ES256K", "EdDSA", "",
    ])
    func `other algorithms are refused before any key is asked`(name: String) throws {
        #expect(forge.rejection(try forge.token(header: ["alg": .string(name)])) == .algorithm)
    }

    @Test func `a hash keyed with what is public is refused`() throws {
        let jwk = try forge.pairs[0].jwk()
        let secrets = [jwk.encoded(), Array((jwk["n"]?.stringValue ?? "").utf8), Array(forge.pairs[0].kid.utf8), []]
        for algorithm in ["HS256", "RS256", "ES256"] {
            let head: JSONObject = ["alg": .string(algorithm), "kid": .string(forge.pairs[0].kid)]
            let input = Digest.base64URL(head.encoded()) + "." + Digest.base64URL(ForeignForge.claims().encoded())
            for secret in secrets {
                let mac = Digest.base64URL(Digest.hmacSHA256(key: secret, Array(input.utf8)))
                #expect(forge.rejection(input + "." + mac) == (algorithm == "HS256" ? .algorithm : .signature))
            }
        }
    }

    @Test(arguments: ["jku", "jwk", "x5u", "x5c", "crit"])
    func `headers that bring their own key are refused`(name: String) throws {
        let values: [JSONValue] = ["https://evil.example", .object([:]), .array([]), .null]
        for value in values {
            #expect(forge.rejection(try forge.token(header: [name: value])) == .forbiddenHeader(name))
        }
    }

    @Test func `keys that nobody published are unknown`() throws {
        let values: [JSONValue] = ["nobody", "", .null, 7, "RS256"]
        for value in values { #expect(forge.rejection(try forge.token(header: ["kid": value])) == .unknownKey) }
        // A key that is gone takes what it signed with it, also what was found good before.
        let token = try forge.token()
        #expect(forge.rejection(token) == nil)
        let later = try #require(ForeignForge.set([forge.pairs[1].jwk()]))
        #expect(forge.rejection(token, keys: later) == .unknownKey)
        let swapped = try #require(ForeignForge.set([ForeignPair("rs256", .rs256).jwk()]))
        #expect(forge.rejection(token, keys: swapped) == .signature)
    }

    @Test func `issuers are compared by bytes`() throws {
        let others: [JSONValue] = [
            "https://idp.example.com/realms/demo/", "https://IDP.example.com/realms/demo", "", .null, 7,
            .array([.string(ForeignForge.issuer)]),
        ]
        for other in others {
            #expect(forge.rejection(try forge.token(ForeignForge.claims(["iss": other]))) == .issuer)
        }
        var rules = forge.rules
        rules.issuers = ["https://idp.example.com/caf\u{E9}"]
        let composed = ForeignForge.claims(["iss": "https://idp.example.com/cafe\u{301}"])
        #expect(forge.rejection(try forge.token(composed), rules: rules) == .issuer)
    }

    @Test func `audiences`() throws {
        let good: [JSONValue] = [.string(ForeignForge.resource), ["x", .string(ForeignForge.resource)]]
        for audience in good {
            #expect(forge.rejection(try forge.token(ForeignForge.claims(["aud": audience]))) == nil)
        }
        let foreign: [JSONValue] = ["https://search.example.com", "https://search.example.com/mcp/", ["x", "y"], ""]
        for audience in foreign {
            #expect(forge.rejection(try forge.token(ForeignForge.claims(["aud": audience]))) == .audience)
        }
        let malformed: [JSONValue] = [
            .null, 7, [], [.string(ForeignForge.resource), 7], .object([:]),
            .array([JSONValue](repeating: .string(ForeignForge.resource), count: 65)),
        ]
        for audience in malformed {
            #expect(forge.rejection(try forge.token(ForeignForge.claims(["aud": audience]))) == .claims("aud"))
        }
        var rules = forge.rules
        rules.audiences = ["api://carrel"]
        let configured = try forge.token(ForeignForge.claims(["aud": "api://carrel"]))
        #expect(forge.rejection(configured, rules: rules) == nil && forge.rejection(configured) == .audience)
    }

    @Test func `times, with a minute of leeway`() throws {
        let token = try forge.token()
        let end = ForeignForge.now + 600
        #expect(forge.rejection(token, now: end + 59) == nil && forge.rejection(token, now: end + 60) == .expired)
        #expect(forge.rejection(token, now: ForeignForge.now - 60) == nil)
        #expect(forge.rejection(token, now: ForeignForge.now - 61) == .notYetValid)
        #expect(forge.rejection(token, now: .max) == .expired && forge.rejection(token, now: .min) == .notYetValid)
        let bare = try forge.token(ForeignForge.claims(["nbf": .null, "iat": .null]))
        #expect(forge.rejection(bare, now: 0) == nil)
        let fraction = try forge.token(ForeignForge.claims(["exp": .number(Double(end) + 0.9)]))
        #expect(forge.rejection(fraction, now: end + 60) == .expired)
        let values: [JSONValue] = ["1", .number(1e300), -1, .bool(true), [], .number(-0.5)]
        for name in ["exp", "nbf", "iat"] {
            for value in values {
                #expect(forge.rejection(try forge.token(ForeignForge.claims([name: value]))) == .claims(name))
            }
        }
        #expect(forge.rejection(try forge.token(ForeignForge.claims(["exp": .null]))) == .claims("exp"))
    }

    @Test func `tenants by name, by path and by map`() throws {
        let wrong: [JSONValue] = [
            .null, 5, "", "Acme", "../acme", "a/b", ["acme"], .string(String(repeating: "a", count: 64)),
        ]
        for value in wrong {
            #expect(
                forge.rejection(try forge.token(ForeignForge.claims(["tenant_id": value]))) == .claims("tenant_id"))
        }
        var rules = forge.rules
        rules.tenantClaim = "org.name"
        let nested = ForeignForge.claims(["org": .object(["name": "beta"])])
        #expect(try forge.verify(forge.token(nested), rules: rules).get().tenantName == "beta")
        // The whole name goes first.
        let both = ForeignForge.claims(["org": .object(["name": "beta"]), "org.name": "gamma"])
        #expect(try forge.verify(forge.token(both), rules: rules).get().tenantName == "gamma")
        rules.tenants = ["beta": "delta"]
        #expect(try forge.verify(forge.token(nested), rules: rules).get().tenantName == "delta")
        #expect(forge.rejection(try forge.token(both), rules: rules) == .claims("org.name"))
    }

    @Test func `users of several issuers are kept apart`() throws {
        var rules = forge.rules
        rules.issuers.append("https://other.example.com")
        #expect(
            try forge.verify(forge.token(), rules: rules).get().userID == "\(ForeignForge.issuer)|ann")
        let wrong: [JSONValue] = [.null, "", 7, "a\u{0}b", .string(String(repeating: "x", count: 257))]
        for value in wrong {
            #expect(forge.rejection(try forge.token(ForeignForge.claims(["sub": value]))) == .claims("sub"))
        }
    }

    @Test func `scopes from claims and grants, never the operator's`() throws {
        #expect(try scopes(["scope": "openid"]) == [])
        #expect(try scopes(["scope": "search:write a2a:invoke"]) == [.search, .write])
        #expect(try scopes(["scope": .null, "scp": ["admin", "audit operator"]]) == [.admin, .audit])
        #expect(try scopes(["scope": "operator", "permissions": ["operator"]]) == [])
        var rules = forge.rules
        rules.grants = ["groups": ["writers": .write, "ops": .operator], "azp": ["robot": .audit]]
        #expect(try scopes(["groups": ["writers", "ops"], "azp": "robot"], rules) == [.search, .write, .audit])
        #expect(try scopes(["groups": ["robot"], "azp": "writers"], rules) == .search)
        rules.scopePrefix = "api://x/"
        rules.defaultScopes = [.audit, .operator]
        #expect(try scopes(["scope": "api://x/write"], rules) == .write)
        #expect(try scopes(["scope": "api://y/write"], rules) == .audit)
        for name in ["scope", "scp", "permissions", "groups"] {
            let malformed: [JSONValue] = [7, ["search", 7], .object(["search": true]), .bool(true)]
            for value in malformed {
                #expect(
                    forge.rejection(try forge.token(ForeignForge.claims([name: value])), rules: rules) == .claims(name))
            }
        }
    }

    @Test func `a token without an id is named by its hash`() throws {
        let values: [JSONValue] = [.null, 7, "", "a b", .string(String(repeating: "x", count: 129))]
        for value in values {
            let token = try forge.token(ForeignForge.claims(["jti": value]))
            let name = "sha256-" + Digest.hexadecimal(Digest.sha256(Array(token.utf8)).prefix(16))
            #expect(try forge.verify(token).get().id == name)
        }
    }

    @Test func `a claim that is named twice is no claim`() throws {
        let text = String(decoding: ForeignForge.claims().encoded(), as: UTF8.self).dropLast()
        for extra in [#","tenant_id":"beta"}"#, #","iss":"https://idp.example.com/realms/demo"}"#] {
            #expect(forge.rejection(try forge.token(payload: Array((text + extra).utf8))) == .malformed)
        }
    }
}
