import Access
import Appliance
import JSON
import Synchronization
import Testing

/// When keys are fetched: a schedule without a clock of its own, and many callers at once.
@Suite struct KeyScheduleTests {
    private let start = ContinuousClock.now

    private func after(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    @Test func `without keys it tries again after a few seconds`() {
        var schedule = KeySchedule()
        #expect(schedule.step(knowsKey: false, now: start) == .waitForFetch)
        #expect(schedule.step(knowsKey: false, now: after(4)) == .useWhatIsThere)
        #expect(schedule.step(knowsKey: false, now: after(5)) == .waitForFetch)
        schedule.succeeded(at: after(6))
        #expect(schedule.step(knowsKey: true, now: after(7)) == .useWhatIsThere)
    }

    @Test func `an unknown key is looked for once a minute, whoever asks`() {
        var schedule = KeySchedule()
        schedule.succeeded(at: start)
        // The fetch at the start does not count: nobody unknown caused it.
        #expect(schedule.step(knowsKey: false, now: after(1)) == .waitForFetch)
        for second in [2, 30, 60] { #expect(schedule.step(knowsKey: false, now: after(second)) == .useWhatIsThere) }
        #expect(schedule.step(knowsKey: false, now: after(61)) == .waitForFetch)
        #expect(schedule.step(knowsKey: false, now: after(62)) == .useWhatIsThere)
        schedule.succeeded(at: after(62))
        #expect(schedule.step(knowsKey: false, now: after(63)) == .useWhatIsThere)
    }

    @Test func `old keys are renewed beside the calls, and go on serving`() {
        var schedule = KeySchedule()
        schedule.succeeded(at: start)
        #expect(schedule.step(knowsKey: true, now: after(599)) == .useWhatIsThere)
        #expect(schedule.step(knowsKey: true, now: after(600)) == .fetchBeside)
        // That one failed: the next after a minute.
        #expect(schedule.step(knowsKey: true, now: after(659)) == .useWhatIsThere)
        #expect(schedule.step(knowsKey: true, now: after(660)) == .fetchBeside)
        schedule.succeeded(at: after(661))
        #expect(schedule.step(knowsKey: true, now: after(1_260)) == .useWhatIsThere)
        #expect(schedule.step(knowsKey: true, now: after(1_261)) == .fetchBeside)
    }
}

@Suite struct IdentityProvidersTests {
    private static let issuer = "https://idp.example.com"

    /// The public key of RFC 7515 appendix A.2, and a token that names it with a signature of nobody.
    private static let keys = #"""
        {"keys":[{"kty":"RSA","kid":"k","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}]}
        """#

    private static func token(kid: String) -> String {
        let head = Digest.base64URL(Array(#"{"alg":"RS256","kid":"\#(kid)"}"#.utf8))
        return head + "." + Digest.base64URL(Array(#"{"iss":"\#(issuer)"}"#.utf8)) + "." + Digest.base64URL([1, 2, 3])
    }

    private final class Fetches: Sendable {
        let urls = Mutex<[String]>([])

        func document(_ url: String) throws -> [UInt8] {
            urls.withLock { $0.append(url) }
            return Array(
                (url.hasSuffix("/keys") ? keys : #"{"issuer":"\#(issuer)","jwks_uri":"\#(issuer)/keys"}"#).utf8)
        }
    }

    @Test func `a hundred calls at once share one fetch`() async throws {
        let fetches = Fetches()
        var rules = ForeignTokenRules()
        rules.issuers = [Self.issuer]
        let providers = IdentityProviders(rules, log: Log(minimumLevel: .error)) { try fetches.document($0) }
        let reasons = await withTaskGroup(of: ApplianceError?.self) { group in
            for number in 0..<100 {
                group.addTask {
                    do throws(ApplianceError) {
                        _ = try await providers.claims(of: Self.token(kid: number % 2 == 0 ? "k" : "unknown-\(number)"))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: [ApplianceError?]()) { $0.append($1) }
        }
        let counts = Dictionary(grouping: reasons.compactMap { $0.map { "\($0)" } }, by: { $0 }).mapValues(\.count)
        #expect(counts.count == 2 && counts.values.allSatisfy { $0 == 50 }, "\(counts)")
        // The first, and at most one more for the ids that nobody knows.
        let asked = fetches.urls.withLock { $0 }.filter { $0.hasSuffix("/keys") }
        #expect((1...2).contains(asked.count), "\(asked)")
    }

    @Test func `an issuer that does not answer is told apart from a bad token`() async throws {
        struct Down: Error {}
        var rules = ForeignTokenRules()
        rules.issuers = [Self.issuer]
        let providers = IdentityProviders(rules, log: Log(minimumLevel: .error)) { _ in throw Down() }
        await #expect(throws: ApplianceError.identityProviderUnavailable(issuer: Self.issuer)) {
            try await providers.claims(of: Self.token(kid: "k"))
        }
        await #expect(throws: ApplianceError.credentialRefused(reason: "The token is malformed")) {
            try await providers.claims(of: "x")
        }
    }

    @Test func `metadata is looked for at both places`() async throws {
        let asked = Mutex<[String]>([])
        var rules = ForeignTokenRules()
        rules.issuers = ["https://idp.example.com/realms/demo/"]
        struct Missing: Error {}
        let providers = IdentityProviders(rules, log: Log(minimumLevel: .error)) { url in
            asked.withLock { $0.append(url) }
            throw Missing()
        }
        let head = Digest.base64URL(Array(#"{"alg":"RS256","kid":"k"}"#.utf8))
        let body = Digest.base64URL(Array(#"{"iss":"https://idp.example.com/realms/demo/"}"#.utf8))
        _ = try? await providers.claims(of: "\(head).\(body).AAAA")
        #expect(
            asked.withLock { $0 } == [
                "https://idp.example.com/realms/demo/.well-known/openid-configuration",
                "https://idp.example.com/.well-known/oauth-authorization-server/realms/demo",
            ])
    }
}
