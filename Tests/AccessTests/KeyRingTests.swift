import Access
import Glibc
import JSON
import Testing

@Suite("Key ring")
struct KeyRingTests {
    let folder: ScratchFolder
    init() throws { folder = try ScratchFolder() }

    private func claims(_ ring: KeyRing) throws -> TokenClaims {
        ring.makeClaims(
            tenant: TenantIdentity(name: try TenantName("acme"), uid: "uid1"), userID: "ann", scopes: .search,
            ttl: .seconds(3600), now: 1_800_000_000)
    }

    private func rejection(_ ring: KeyRing, _ token: String) -> CredentialRejection? {
        guard case .failure(let rejection) = ring.verify(token, acceptedAudiences: [], now: 1_800_000_000) else {
            return nil
        }
        return rejection
    }

    /// What opening the folder throws.
    private func refusal() -> AccessError? {
        do throws(AccessError) {
            _ = try KeyRing.open(folder.keys)
            return nil
        } catch { return error }
    }

    @Test func firstUseMakesAPrivateFolder() throws {
        let ring = try KeyRing.open(folder.keys)
        let key = try #require(ring.keys().first)
        #expect(ring.keys().count == 1 && key.isSigning && !key.isRetired)
        #expect(ring.issuer == "carrel:" + ring.boxID && ring.boxID.utf8.count == 32)
        #expect(try folder.names() == ["\(key.id).pem", "box-id"].sorted())
        #expect(try folder.mode("keys") == 0o700)
        #expect(try folder.mode("keys/box-id") == 0o600)
        #expect(try folder.mode("keys/\(key.id).pem") == 0o600)
    }

    @Test func aWideUmaskChangesNothing() throws {
        // umask is the process's, so other tests run with it too for this moment; all of them state their modes.
        let before = umask(0)
        defer { umask(before) }
        let ring = try KeyRing.open(folder.keys)
        #expect(try folder.mode("keys") == 0o700)
        #expect(try folder.mode("keys/\(try #require(ring.keys().first).id).pem") == 0o600)
    }

    @Test func keysSurviveReopening() throws {
        let first = try KeyRing.open(folder.keys)
        let token = try first.issue(claims(first))
        let second = try KeyRing.open(folder.keys)
        #expect(second.boxID == first.boxID)
        #expect(second.keys() == first.keys())
        #expect(second.jwks() == first.jwks())
        #expect(rejection(second, token) == nil)
    }

    @Test func rotationSignsAnewAndStillVerifies() throws {
        let ring = try folder.keyedRing()
        let other = try KeyRing.open(folder.keys)
        let old = try ring.issue(claims(ring))
        let oldID = try #require(ring.keys().first).id
        let newID = try ring.rotate()
        #expect(ring.keys().map(\.id) == [newID, oldID])
        #expect(ring.keys().map(\.isSigning) == [true, false])
        let new = try ring.issue(claims(ring))
        #expect(rejection(ring, old) == nil)
        #expect(rejection(ring, new) == nil)
        // Another process learns of the key when it first meets it.
        #expect(rejection(other, new) == nil)
        #expect(other.keys() == ring.keys())
        #expect(try KeyRing.open(folder.keys).keys() == ring.keys())
    }

    @Test func retirementEndsAKeyEverywhere() throws {
        let ring = try folder.keyedRing()
        let other = try KeyRing.open(folder.keys)
        let oldID = try #require(ring.keys().first).id
        let token = try ring.issue(claims(ring))
        #expect(rejection(other, token) == nil)
        #expect(throws: AccessError.lastKey(oldID)) { try ring.retire(oldID) }
        #expect(throws: AccessError.unknownKey("../box-id")) { try ring.retire("../box-id") }
        try ring.rotate()
        try ring.retire(oldID)
        #expect(rejection(ring, token) == .unknownKey)
        // The other process has the signature in memory; that must not help.
        #expect(try other.reloadIfChanged())
        #expect(rejection(other, token) == .unknownKey)
        #expect(throws: AccessError.unknownKey(oldID)) { try ring.retire(oldID) }
        let retired = try #require(ring.keys().last)
        #expect(retired.id == oldID && retired.isRetired && retired.createdAt > 0)
        #expect(!(try folder.names()).contains("\(oldID).pem"))
        #expect(!(try folder.read("keys/\(oldID).retired")).contains("PRIVATE"))
        // A copy of the private key put back does not revive it.
        #expect(try KeyRing.open(folder.keys).keys() == ring.keys())
    }

    @Test func aRetiredKeyPutBackStaysRetired() throws {
        let ring = try folder.keyedRing()
        let oldID = try #require(ring.keys().first).id
        let copy = try folder.read("keys/\(oldID).pem")
        try ring.rotate()
        try ring.retire(oldID)
        try folder.write("keys/\(oldID).pem", copy)
        try ring.reloadIfChanged()
        #expect(ring.keys().filter { !$0.isRetired }.count == 1)
        let again = try KeyRing.open(folder.keys)
        #expect(again.keys() == ring.keys())
        #expect(!(try folder.names()).contains("\(oldID).pem"))
    }

    @Test func reloadSeesNothingWhereNothingChanged() throws {
        let ring = try folder.keyedRing()
        for _ in 0..<5 { #expect(try !ring.reloadIfChanged()) }
        try folder.write("keys/README", "not a key")
        #expect(try !ring.reloadIfChanged())
        #expect(ring.keys().count == 1)
    }

    @Test func reloadReportsABadFileOnceAndGoesOn() throws {
        let ring = try folder.keyedRing()
        let token = try ring.issue(claims(ring))
        try folder.write("keys/bad.pem", "Created: 1\nnothing")
        #expect(throws: AccessError.self) { try ring.reloadIfChanged() }
        #expect(try !ring.reloadIfChanged())
        #expect(rejection(ring, token) == nil)
    }

    @Test func aSymbolicLinkIsRefused() throws {
        let ring = try folder.keyedRing()
        let key = try #require(ring.keys().first).id
        try #require(rename(folder.keys + "/\(key).pem", folder.path + "/stolen.pem") == 0)
        try #require(symlink(folder.path + "/stolen.pem", folder.keys + "/\(key).pem") == 0)
        #expect(refusal() == .notPlain(path: folder.keys + "/\(key).pem"))
        unlink(folder.keys + "/\(key).pem")
        try #require(rename(folder.path + "/stolen.pem", folder.keys + "/\(key).pem") == 0)
        #expect(refusal() == nil)
        try #require(rename(folder.keys, folder.path + "/other") == 0)
        try #require(symlink(folder.path + "/other", folder.keys) == 0)
        #expect(refusal() == .notPlain(path: folder.keys))
        unlink(folder.keys)
    }

    @Test func aFIFOInAKeysPlaceIsRefusedAtOnce() throws {
        _ = try folder.keyedRing()
        try #require(mkfifo(folder.keys + "/x.pem", 0o600) == 0)
        #expect(refusal() == .notPlain(path: folder.keys + "/x.pem"))
    }

    @Test func filesThatOthersCanReadAreRefused() throws {
        let key = try #require(folder.keyedRing().keys().first).id
        let file = folder.keys + "/\(key).pem"
        chmod(file, 0o640)
        #expect(refusal() == .insecurePermissions(path: file, mode: 0o640))
        chmod(file, 0o600)
        chmod(folder.keys, 0o755)
        #expect(refusal() == .insecurePermissions(path: folder.keys, mode: 0o755))
        chmod(folder.keys, 0o700)
        #expect(refusal() == nil)
    }

    @Test(arguments: [
        "", "Created: 1700000000\n", "no line", "Created: -1\nx", "Created: x\n", "Created: 1700000000",
        "Created: 1700000000\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        "Created: 1700000000\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
    ])
    func damagedKeysAreNamed(content: String) throws {
        _ = try folder.keyedRing()
        try folder.write("keys/k.pem", content)
        guard case .corruptFile(let path, _)? = refusal() else {
            Issue.record("accepted")
            return
        }
        #expect(path == folder.keys + "/k.pem")
    }

    @Test func aKeyUnderAnotherNameIsRefused() throws {
        _ = try folder.keyedRing()
        try folder.write("keys/other.pem", PublishedKey.file)
        guard case .corruptFile? = refusal() else {
            Issue.record("accepted")
            return
        }
    }

    @Test(arguments: ["", "short", "000102030405060708090A0B0C0D0E0F", String(repeating: "0", count: 33)])
    func aDamagedBoxIDIsRefused(content: String) throws {
        _ = try folder.keyedRing()
        try folder.write("keys/box-id", content)
        guard case .corruptFile? = refusal() else {
            Issue.record("accepted")
            return
        }
    }

    @Test func leftoversOfAKilledProcessAreRemoved() throws {
        _ = try folder.keyedRing()
        try folder.write("keys/.tmp-0123", "half a key")
        _ = try KeyRing.open(folder.keys)
        #expect(try !folder.names().contains(".tmp-0123"))
    }

    @Test func aMissingParentIsAnError() {
        #expect(throws: AccessError.system(call: "mkdir", path: folder.path + "/a/b", errno: ENOENT)) {
            try KeyRing.open(folder.path + "/a/b")
        }
    }

    @Test func concurrentFirstUseAgreesOnOneBox() async throws {
        let path = folder.keys
        let rings = try await withThrowingTaskGroup(of: KeyRing.self) { group in
            for _ in 0..<4 { group.addTask { try KeyRing.open(path) } }
            return try await group.reduce(into: [KeyRing]()) { $0.append($1) }
        }
        #expect(Set(rings.map(\.boxID)).count == 1)
        #expect(Set(rings.map { $0.keys().map(\.id) }).count == 1)
    }

    @Test func concurrentVerificationAgrees() async throws {
        let ring = try folder.keyedRing()
        let token = try ring.issue(claims(ring))
        let accepted = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<100).reduce(0) { sum, _ in
                        (try? ring.verify(token, acceptedAudiences: [], now: 1_800_000_000).get()) == nil
                            ? sum : sum + 1
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(accepted == 800)
    }

    @Test func theKeySetHoldsPublicHalvesOnly() throws {
        let ring = try KeyRing.open(folder.keys)
        try ring.rotate()
        let set = try JSONValue(parsing: ring.jwks())
        let keys = try #require(set["keys"]?.arrayValue)
        #expect(keys.map { $0["kid"]?.stringValue } == ring.keys().map(\.id))
        for key in keys {
            #expect(key.objectValue?.keys == ["kty", "use", "alg", "kid", "n", "e"])
            #expect(key["e"]?.stringValue == "AQAB")
            let modulus = try #require(key["n"]?.stringValue.flatMap { Digest.decodeBase64URL($0) })
            #expect(modulus.count == 256)
            #expect(JSONWebKey(modulus: modulus, exponent: [1, 0, 1]).thumbprint == key["kid"]?.stringValue)
        }
    }
}
