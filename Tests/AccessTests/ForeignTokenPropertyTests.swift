import Access
import JSON
import TestKit
import Testing

/// Tokens of identity providers under random change; the seed makes a failure a rerun of one line.
@Suite("Tokens of identity providers, changed at random")
struct ForeignTokenPropertyTests {
    let forge: ForeignForge
    init() throws { forge = try ForeignForge() }

    @Test(arguments: SignatureAlgorithm.allCases, [UInt64(41), 42])
    func `no mutation is accepted`(algorithm: SignatureAlgorithm, seed: UInt64) throws {
        var bits = SeededRandom(seed: seed)
        let pair = try #require(forge.pairs.first { $0.algorithm == algorithm })
        let token = Array(try forge.token(by: pair).utf8)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \0\n{}\"".utf8)
        for round in 0..<1_000 {
            // Half of the time the good one has just been remembered.
            if round % 2 == 0 { #expect(forge.rejection(String(decoding: token, as: UTF8.self)) == nil) }
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

    /// Header, payload and signature of different good tokens put together anew.
    @Test(arguments: [UInt64(51)])
    func `parts of several tokens make none`(seed: UInt64) throws {
        var bits = SeededRandom(seed: seed)
        let tokens = try forge.pairs.flatMap { pair in
            try ["ann", "bob", "eve"].map { user in
                try forge.token(ForeignForge.claims(["sub": .string(user)]), by: pair).split(separator: ".").map(
                    String.init)
            }
        }
        // Equal parts of different tokens may add up to one of them.
        let good = Set(tokens.map { $0.joined(separator: ".") })
        var mixtures = 0
        for _ in 0..<1_500 {
            let picked = (0..<3).map { tokens[Int.random(in: 0..<tokens.count, using: &bits)][$0] }
            let mixed = picked.joined(separator: ".")
            guard !good.contains(mixed) else { continue }
            mixtures += 1
            #expect(forge.rejection(mixed) != nil, "seed \(seed): \(mixed)")
        }
        #expect(mixtures > 1_000)
    }

    /// Payloads that carry a good signature but arbitrary content: whatever is accepted has all its claims in order.
    @Test(arguments: [UInt64(61), 62, 63])
    func `signed nonsense is judged without harm`(seed: UInt64) throws {
        var bits = SeededRandom(seed: seed)
        let pair = try #require(forge.pairs.first { $0.algorithm == .es256 })
        var rules = forge.rules
        rules.grants = ["groups": ["writers": .write]]
        let original = ForeignForge.claims(["groups": ["writers"], "scp": ["audit"]]).encoded()
        for _ in 0..<500 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...4, using: &bits) {
                let position = Int.random(in: 0..<bytes.count, using: &bits)
                if Bool.random(using: &bits) {
                    bytes[position] = UInt8.random(in: 0...255, using: &bits)
                } else {
                    bytes.remove(at: position)
                }
            }
            let token = try forge.token(payload: bytes, by: pair)
            if case .success(let claims) = forge.verify(token, rules: rules) {
                #expect(claims.issuer == ForeignForge.issuer)
                #expect((try? TenantName(claims.tenantName)) != nil)
                #expect(TokenClaims.isUserID(claims.userID))
                #expect(!claims.scopes.contains(.operator))
                #expect(claims.expiresAt + 60 > ForeignForge.now)
                #expect((1...128).contains(claims.id.utf8.count))
            }
        }
    }
}
