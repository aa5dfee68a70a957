import Access
import TestKit
import Testing

@Suite("Token verification")
struct TokenVerificationTests {
    let forge: Forge
    init() throws { forge = try Forge() }

    @Test func acceptsWhatItIssues() throws {
        let tenant = TenantIdentity(name: try TenantName("acme"), uid: TenantIdentity.makeUID())
        let claims = forge.ring.makeClaims(
            tenant: tenant, userID: "Zoë \"quoted\"", scopes: [.search, .audit], ttl: .seconds(60), now: Forge.now,
            extraAudiences: ["https://search.example.com/mcp"])
        #expect(claims.audience == [forge.ring.issuer, "https://search.example.com/mcp"])
        #expect(claims.expiresAt == Forge.now + 60)
        let token = try forge.ring.issue(claims)
        #expect(forge.verify(token) == .success(claims))
        #expect(forge.verify(token) == .success(claims))
        #expect(forge.ring.rememberedSignatureCount == 1)
    }

    @Test func operatorHasNoTenantAndNoOtherScope() throws {
        let claims = forge.ring.makeClaims(
            tenant: nil, userID: "root", scopes: .operator, ttl: .seconds(60), now: Forge.now)
        #expect(forge.verify(try forge.ring.issue(claims)) == .success(claims))
        var mixed = claims
        mixed.scopes = [.operator, .search]
        #expect(throws: AccessError.invalidClaims("scope")) { try forge.ring.issue(mixed) }
        mixed = claims
        mixed.tenantName = "acme"
        #expect(throws: AccessError.invalidClaims("tenant_id")) { try forge.ring.issue(mixed) }
        mixed.tenantName = nil
        mixed.tenantUID = "u"
        #expect(throws: AccessError.invalidClaims("tenant_uid")) { try forge.ring.issue(mixed) }
    }

    @Test func acceptsTheHandmadeToken() throws {
        #expect(forge.rejection(try forge.token()) == nil)
        for typ in ["JWT", "at+jwt"] {
            #expect(
                forge.rejection(try forge.token(header: #"{"kid":"\#(forge.key.id)","typ":"\#(typ)","alg":"RS256"}"#))
                    == nil)
        }
        #expect(forge.rejection(try forge.token(header: #"{"kid":"\#(forge.key.id)","alg":"RS256"}"#)) == nil)
    }

    @Test(arguments: [
        "none", "None", "NONE", "nOnE", "HS256", "rs256", "Rs256", "RS256 ", "RS384", "RS512", "PS256", "ES256",
        "EdDSA", "",
    ])
    func refusesOtherAlgorithms(algorithm: String) throws {
        let header = #"{"alg":"\#(algorithm)","typ":"JWT","kid":"\#(forge.key.id)"}"#
        let signed = try forge.token(header: header)
        #expect(forge.rejection(signed) == .algorithm)
        let unsigned = signed[...(signed.lastIndex(of: ".") ?? signed.startIndex)]
        #expect(forge.rejection(String(unsigned)) == .algorithm)
    }

    @Test(arguments: ["null", "256", "[\"RS256\"]", "true", "{}"])
    func refusesAlgorithmsOfOtherTypes(json: String) throws {
        #expect(forge.rejection(try forge.token(header: #"{"alg":\#(json),"kid":"\#(forge.key.id)"}"#)) == .algorithm)
        #expect(forge.rejection(try forge.token(header: #"{"kid":"\#(forge.key.id)"}"#)) == .algorithm)
    }

    @Test func refusesHMACKeyedWithThePublicKey() throws {
        let input =
            Digest.base64URL(Array(#"{"alg":"HS256","typ":"JWT","kid":"\#(forge.key.id)"}"#.utf8)) + "."
            + Digest.base64URL(Array(forge.payload.utf8))
        for key in [forge.key.webKey.modulus, forge.ring.jwks(), Array(forge.key.id.utf8)] {
            let mac = Digest.base64URL(Digest.hmacSHA256(key: key, Array(input.utf8)))
            #expect(forge.rejection(input + "." + mac) == .algorithm)
        }
        // The same MAC under an RS256 header.
        let honest = Digest.base64URL(Array(forge.header.utf8)) + "." + Digest.base64URL(Array(forge.payload.utf8))
        let mac = Digest.base64URL(Digest.hmacSHA256(key: forge.key.webKey.modulus, Array(honest.utf8)))
        #expect(forge.rejection(honest + "." + mac) == .signature)
    }

    @Test(arguments: ["jku", "jwk", "x5u", "x5c", "crit"], ["\"https://evil.example/k\"", "{}", "[]", "null"])
    func refusesHeadersThatBringTheirOwnKey(name: String, value: String) throws {
        let header = #"{"alg":"RS256","typ":"JWT","kid":"\#(forge.key.id)","\#(name)":\#(value)}"#
        #expect(forge.rejection(try forge.token(header: header)) == .forbiddenHeader(name))
    }

    @Test(arguments: ["\"nobody\"", "\"../../etc/passwd\"", "\"\"", "null", "7", "[]"])
    func refusesUnknownKeys(kid: String) throws {
        #expect(forge.rejection(try forge.token(header: #"{"alg":"RS256","kid":\#(kid)}"#)) == .unknownKey)
        #expect(forge.rejection(try forge.token(header: #"{"alg":"RS256"}"#)) == .unknownKey)
    }

    @Test func refusesAForeignSignatureUnderOurKeyID() throws {
        let other = try ScratchFolder()
        let stranger = try KeyRing.open(other.keys)
        let claims = stranger.makeClaims(
            tenant: TenantIdentity(name: try TenantName("acme"), uid: "uid1"), userID: "eve", scopes: .search,
            ttl: .seconds(60), now: Forge.now)
        let token = try stranger.issue(claims)
        #expect(forge.rejection(token) == .unknownKey)
        let parts = token.split(separator: ".")
        let header = Digest.base64URL(Array(forge.header.utf8))
        #expect(forge.rejection("\(header).\(parts[1]).\(parts[2])") == .signature)
        // A genuine signature over another payload.
        let mine = try forge.token().split(separator: ".")
        #expect(forge.rejection("\(mine[0]).\(parts[1]).\(mine[2])") == .signature)
        #expect(forge.rejection("\(mine[0]).\(mine[1]).") == .signature)
    }

    @Test func refusesOtherShapes() throws {
        let token = try forge.token()
        let parts = token.split(separator: ".").map(String.init)
        let shapes = [
            "", ".", "..", "...", " ", "a.b.c", parts[0], "\(parts[0]).\(parts[1])", token + ".", "." + token,
            token + ".x",
            " " + token, token + " ", token + "\n", token + "\0", "\(parts[0]). \(parts[1]).\(parts[2])", token + "=",
            "\(parts[0])=.\(parts[1]).\(parts[2])", "Bearer " + token, token.replacing("-", with: "+") + "+",
            token + String(repeating: "A", count: 8_192), "\(parts[0])..\(parts[2])",
            String(repeating: ".", count: 8_192),
            String(repeating: "é", count: 100),
        ]
        for shape in shapes {
            #expect(forge.rejection(shape) == .malformed || forge.rejection(shape) == .signature, "\(shape)")
        }
        for shape in shapes where !shape.contains("..") { #expect(forge.rejection(shape) == .malformed, "\(shape)") }
    }

    @Test func refusesASecondSpellingOfTheSameSignature() throws {
        // 256 bytes end in a character of which four bits are unused.
        let token = try forge.token()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let last = try #require(token.last.flatMap { alphabet.firstIndex(of: $0) })
        #expect(last & 15 == 0)
        for unused in 1...15 {
            #expect(forge.rejection(String(token.dropLast()) + String(alphabet[last | unused])) == .malformed)
        }
    }

    @Test(arguments: [
        "[]", "null", "\"x\"", "", "{", "{}x", "{\"alg\":\"RS256\",}", "\u{FEFF}{}",
        "{\"alg\":\"RS256\",\"alg\":\"RS256\",\"kid\":\"k\"}",
    ])
    func refusesHeadersThatAreNotOneObject(header: String) throws {
        #expect(forge.rejection(try forge.token(header: header)) == .malformed)
    }

    @Test func refusesOtherTypes() throws {
        for typ in ["\"jwt\"", "\"JWE\"", "\"\"", "null", "1"] {
            #expect(
                forge.rejection(try forge.token(header: #"{"alg":"RS256","typ":\#(typ),"kid":"\#(forge.key.id)"}"#))
                    == .malformed)
        }
    }

    @Test(arguments: [
        #","tenant_id":"other""#, #","tenant\u005fid":"other""#, #","exp":9999999999"#, #","note":1,"note":1"#,
    ])
    func refusesMembersNamedTwice(extra: String) throws {
        #expect(forge.rejection(try forge.token(payload: Forge.payload(extra: extra))) == .malformed)
    }

    @Test func ignoresClaimsItDoesNotKnow() throws {
        let extra = #","nested":{"tenant_id":"other","a":[{"b:":"c\":"}]},"name":"x:y""#
        #expect(try forge.verify(forge.token(payload: Forge.payload(extra: extra))).get().tenantName == "acme")
    }

    @Test(arguments: [
        ("tenant_id", ["", "null", "7", "\"\"", "\"Acme\"", "\"../x\"", "\"-a\"", "[\"acme\"]"]),
        ("tenant_uid", ["", "null", "7", "\"\"", "\"a b\"", "\"a/b\""]),
        ("user_id", ["", "null", "7", "\"\"", "\"a\\u0000b\"", "\"a\\nb\""]),
        (
            "scope",
            ["", "null", "7", "\"\"", "\" \"", "\"root\"", "[\"search\"]", "\"search operator\"", "\"search:all\""]
        ),
        ("iss", ["", "null", "7"]),
        ("aud", ["", "null", "7", "[]", "[7]", "[\"\"]", "{}"]),
        ("iat", ["", "null", "\"1\"", "-1", "1.5", "253402300800", "true"]),
        ("nbf", ["", "null", "\"1\"", "-1", "9223372036854775807"]),
        ("exp", ["", "null", "\"9999999999\"", "-1", "1e300", "253402300800"]),
        ("jti", ["", "null", "7", "\"\"", "\"a b\""]),
    ])
    func refusesClaimsOfOtherForms(name: String, values: [String]) throws {
        for value in values {
            #expect(
                forge.rejection(try forge.token(payload: Forge.payload([name: value]))) == .claims(name),
                "\(name): \(value)")
        }
    }

    @Test(arguments: ["\"operator\""])
    func refusesAnOperatorWithATenant(scope: String) throws {
        #expect(forge.rejection(try forge.token(payload: Forge.payload(["scope": scope]))) == .claims("tenant_id"))
        #expect(
            forge.rejection(try forge.token(payload: Forge.payload(["scope": scope, "tenant_id": ""])))
                == .claims("tenant_uid"))
        #expect(
            forge.rejection(
                try forge.token(payload: Forge.payload(["scope": scope, "tenant_id": "", "tenant_uid": ""]))) == nil)
    }

    @Test func judgesIssuerAndAudience() throws {
        let box = "carrel:" + Forge.boxID
        for issuer in ["carrel:", "Carrel:" + Forge.boxID, box + "0", box + "\\u0000", "https://search.example.com"] {
            #expect(forge.rejection(try forge.token(payload: Forge.payload(["iss": "\"\(issuer)\""]))) == .issuer)
        }
        let resource = "https://search.example.com/mcp"
        let token = try forge.token(payload: Forge.payload(["aud": "\"\(resource)\""]))
        #expect(forge.rejection(token) == .audience)
        #expect(forge.rejection(token, audiences: ["https://search.example.com/mcp/"]) == .audience)
        #expect(forge.rejection(token, audiences: [resource]) == nil)
        #expect(forge.rejection(try forge.token(payload: Forge.payload(["aud": "\"\(box)\""]))) == nil)
        #expect(forge.rejection(try forge.token(payload: Forge.payload(["aud": "[\"x\",\"\(box)\"]"]))) == nil)
    }

    @Test func judgesTimesWithSixtySecondsLeeway() throws {
        let token = try forge.token()
        let start = Forge.now
        let end = Forge.now + 3600
        #expect(forge.rejection(token, now: end + 59) == nil)
        #expect(forge.rejection(token, now: end + 60) == .expired)
        #expect(forge.rejection(token, now: start - 60) == nil)
        #expect(forge.rejection(token, now: start - 61) == .notYetValid)
        #expect(forge.rejection(token, now: .max) == .expired)
        #expect(forge.rejection(token, now: .min) == .notYetValid)
        let future = try forge.token(payload: Forge.payload(["iat": "\(start + 61)"]))
        #expect(forge.rejection(future) == .notYetValid)
        // A remembered signature does not keep a token alive.
        #expect(forge.rejection(token, now: end) == nil)
        #expect(forge.rejection(token, now: end + 60) == .expired)
    }

    @Test func refusesToIssueWhatItWouldRefuse() throws {
        let good = try forge.verify(forge.token()).get()
        func refusal(_ change: (inout TokenClaims) -> Void) -> AccessError? {
            var claims = good
            change(&claims)
            do {
                _ = try forge.ring.issue(claims)
                return nil
            } catch { return error }
        }
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.scopes = [] } == .invalidClaims("scope"))
        #expect(refusal { $0.userID = "" } == .invalidClaims("user_id"))
        #expect(refusal { $0.issuer = "carrel:other" } == .invalidClaims("iss"))
        #expect(refusal { $0.audience = ["x"] } == .invalidClaims("aud"))
        #expect(refusal { $0.expiresAt = .max } == .invalidClaims("exp"))
        #expect(refusal { $0.audience.append(String(repeating: "a", count: 9_000)) } != nil)
    }

    @Test func remembersABoundedNumberOfSignatures() throws {
        for number in 0..<1_100 {
            #expect(forge.rejection(try forge.token(payload: Forge.payload(["jti": "\"j\(number)\""]))) == nil)
            #expect(forge.ring.rememberedSignatureCount <= 1_024)
        }
        #expect(forge.ring.rememberedSignatureCount >= 512)
    }

    @Test func describesRefusalsWithoutQuotesOrEquals() {
        let all: [CredentialRejection] = [
            .malformed, .algorithm, .forbiddenHeader("jku"), .unknownKey, .signature, .expired, .notYetValid, .issuer,
            .audience, .claims("scope"),
        ]
        for text in all.map(\.description) {
            #expect(
                text.utf8.allSatisfy {
                    (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=")
                        && $0 != UInt8(ascii: "\\")
                })
        }
    }

    @Test(arguments: [UInt64(11), 12, 13, 14])
    func neverAcceptsAMutation(seed: UInt64) throws {
        var bits = SeededRandom(seed: seed)
        let token = Array(try forge.token().utf8)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \0\n{}\"".utf8)
        for _ in 0..<1_500 {
            var bytes = token
            for _ in 0..<Int.random(in: 1...3, using: &bits) {
                let position = Int.random(in: 0..<bytes.count, using: &bits)
                let letter = alphabet[Int.random(in: 0..<alphabet.count, using: &bits)]
                switch Int.random(in: 0..<7, using: &bits) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &bits)
                case 1: bytes[position] = letter
                case 2: bytes.insert(letter, at: position)
                case 3: bytes.remove(at: position)
                case 4: bytes.removeSubrange(position...)
                case 5: bytes.insert(contentsOf: bytes[position...], at: 0)
                default: bytes.swapAt(position, Int.random(in: 0..<bytes.count, using: &bits))
                }
                if bytes.isEmpty { bytes = [letter] }
            }
            let mutated = String(decoding: bytes, as: UTF8.self)
            if Array(mutated.utf8) == token { continue }
            #expect(forge.rejection(mutated) != nil, "seed \(seed): \(mutated)")
        }
    }

    /// Payloads that carry a good signature but arbitrary content: whatever is accepted has all its claims in order.
    @Test(arguments: [UInt64(21), 22])
    func survivesSignedNonsense(seed: UInt64) throws {
        var bits = SeededRandom(seed: seed)
        let original = Array(forge.payload.utf8)
        for _ in 0..<150 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &bits) {
                let position = Int.random(in: 0..<bytes.count, using: &bits)
                if Bool.random(using: &bits) {
                    bytes[position] = UInt8.random(in: 0...127, using: &bits)
                } else {
                    bytes.remove(at: position)
                }
            }
            if case .success(let claims) = forge.verify(
                try forge.token(payload: String(decoding: bytes, as: UTF8.self)))
            {
                #expect(claims.issuer == forge.ring.issuer)
                #expect((try? TenantName(claims.tenantName ?? "")) != nil)
                #expect(claims.expiresAt + 60 > Forge.now)
            }
        }
    }
}
