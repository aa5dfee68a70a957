import Access
import JSON
import Testing

/// The keys that sign agent cards.
@Suite struct CardKeysTests {
    let folder: ScratchFolder
    let ring: KeyRing

    init() throws {
        folder = try ScratchFolder()
        ring = try folder.keyedRing()
    }

    private func published(_ keys: CardKeys) throws -> [JSONObject] {
        let set = try JSONValue(parsing: ring.jwks(with: keys))
        return set["keys"]?.arrayValue?.compactMap(\.objectValue) ?? []
    }

    @Test func `the first use makes a private key, which stays`() throws {
        let keys = try CardKeys.open(folder.keys)
        let name = "\(keys.signingKeyID).card"
        #expect(try folder.names().contains(name))
        #expect(try folder.mode("keys/\(name)") == 0o600)
        #expect(try CardKeys.open(folder.keys).signingKeyID == keys.signingKeyID)
        // The ring of token keys takes no note of it.
        #expect(try KeyRing.open(folder.keys).keys() == ring.keys())
    }

    @Test func `the public half is named by its thumbprint and stands behind the token keys`() throws {
        let keys = try CardKeys.open(folder.keys)
        let listed = try published(keys)
        #expect(listed.map { $0["alg"] } == ["RS256", "ES256"])
        let key = try #require(listed.last)
        #expect(key["kid"]?.stringValue == keys.signingKeyID)
        #expect(key["kty"] == "EC" && key["crv"] == "P-256" && key["use"] == "sig")
        for name in ["x", "y"] {
            #expect(Digest.decodeBase64URL(key[name]?.stringValue ?? "")?.count == 32)
        }
        #expect(key["d"] == nil, "nothing of the private half")
        #expect(try JSONValue(parsing: ring.jwks())["keys"]?.arrayValue?.count == 1)
    }

    @Test func `signatures have 64 bytes, however small their halves`() throws {
        let keys = try CardKeys.open(folder.keys)
        // One in 128 has a half with a leading zero byte.
        for number in 0..<400 { #expect(try keys.sign(Array("\(number)".utf8)).count == 64) }
    }

    @Test func `after a rotation the new key signs and both are published`() throws {
        let before = try CardKeys.open(folder.keys)
        let made = try CardKeys.rotate(folder.keys)
        let after = try CardKeys.open(folder.keys)
        #expect(after.signingKeyID == made && made != before.signingKeyID)
        #expect(try published(after).dropFirst().map { $0["kid"]?.stringValue } == [made, before.signingKeyID])
    }

    @Test func `a token that names the key is not known`() throws {
        let keys = try CardKeys.open(folder.keys)
        let claims = ring.makeClaims(
            tenant: TenantIdentity(name: try TenantName("acme"), uid: "uid1"), userID: "ann", scopes: .search,
            ttl: .seconds(3600), now: 1_800_000_000)
        let body = String(try ring.issue(claims).split(separator: ".")[1])
        for (algorithm, expected) in [("ES256", CredentialRejection.algorithm), ("RS256", .unknownKey)] {
            let header = #"{"alg":"\#(algorithm)","typ":"JWT","kid":"\#(keys.signingKeyID)"}"#
            let input = Digest.base64URL(Array(header.utf8)) + "." + body
            let forged = input + "." + Digest.base64URL(try keys.sign(Array(input.utf8)))
            #expect(ring.verify(forged, acceptedAudiences: [], now: 1_800_000_000) == .failure(expected))
        }
    }

    @Test func `a file that holds no key or another one is refused`() throws {
        _ = try CardKeys.open(folder.keys)
        try folder.write("keys/other.card", "Created: 1\nnothing\n")
        #expect(
            throws: AccessError.corruptFile(
                path: folder.keys + "/other.card", reason: "it holds no readable private key")
        ) {
            try CardKeys.open(folder.keys)
        }
    }
}
