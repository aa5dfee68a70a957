import Access
import Testing

@Suite("Names, scopes, rates, durations")
struct ValueTests {
    @Test(arguments: ["a", "0", "acme", "a-b", "a--", "0-9", String(repeating: "a", count: 63)])
    func goodTenantNames(name: String) throws { #expect(try TenantName(name).rawValue == name) }

    @Test(arguments: [
        "", "-a", "A", "acmé", "a b", "a_b", "a.b", "..", "a/b", "a\0", "a\n", "ａ", String(repeating: "a", count: 64),
        String(repeating: "a", count: 10_000),
    ])
    func badTenantNames(name: String) { #expect(throws: AccessError.invalidTenantName(name)) { try TenantName(name) } }

    @Test(arguments: [
        ("search", "search"), ("write search", "search write"), ("search,write", "search write"),
        ("search:read", "search"),
        ("search:write", "write"), ("a2a:invoke", "search"), ("audit admin search write", "search write admin audit"),
        (" search  ,search ", "search"), ("operator", "operator"),
    ])
    func scopesAreReadAndWrittenInOneOrder(text: String, canonical: String) throws {
        let set = try ScopeSet(parsing: text)
        #expect(set.description == canonical)
        #expect(try ScopeSet(parsing: set.description) == set)
    }

    @Test(arguments: [
        ("", ""), (" , ", ""), ("root", "root"), ("search root", "root"), ("Search", "Search"),
        ("search\twrite", "search\twrite"), ("*", "*"),
    ])
    func otherScopesAreNamed(text: String, word: String) {
        #expect(throws: AccessError.unknownScope(word)) { try ScopeSet(parsing: text) }
    }

    @Test func onlyWriteImpliesAnother() {
        for scope in Scope.allCases {
            let granted = Scope.allCases.filter { ScopeSet([scope]).grants($0) }
            #expect(granted == (scope == .write ? [.search, .write] : [scope]))
        }
        #expect(!ScopeSet([]).grants(.search))
        #expect(ScopeSet(Scope.allCases).scopes == Scope.allCases)
    }

    @Test(arguments: [
        ("100/s", 6_000.0, "100/s"), ("10/min", 10.0, "10/min"), ("10/m", 10.0, "10/min"), ("90/h", 1.5, "90/h"),
        ("1/hour", 1.0 / 60, "1/h"), ("1000000/second", 60_000_000.0, "1000000/s"),
    ])
    func ratesAreRead(text: String, perMinute: Double, canonical: String) throws {
        let rate = try Rate(parsing: text)
        #expect(abs(rate.perMinute - perMinute) < 1e-9)
        #expect(rate.description == canonical)
        #expect(rate.defaultBurst >= 1)
    }

    @Test(arguments: [
        "", "/", "100", "/s", "100/", "0/s", "-1/s", "+1/s", "1.5/s", "1e3/s", "100/d", "100 /s", "100/s/s",
        "1000001/s", "99999999999999999999/s", "１/s", "100/S",
    ])
    func otherRatesAreRefused(text: String) {
        #expect(throws: AccessError.invalidRate(text)) { try Rate(parsing: text) }
    }

    @Test func tiersAreTheArticles() {
        #expect(Tier.allCases.map(\.ratePerMinute) == [nil, 10, 100, 1000])
        #expect(Tier.free.rate?.defaultBurst == 10)
    }

    @Test(arguments: [
        ("90s", 90), ("15m", 900), ("1h", 3600), ("30d", 2_592_000), ("3650d", 315_360_000), ("1s", 1), ("007s", 7),
    ])
    func durationsAreRead(text: String, seconds: Int) throws {
        #expect(try Duration(parsingTimeToLive: text) == .seconds(seconds))
    }

    @Test(arguments: [
        "", "s", "1", "0s", "-1h", "+1h", "1.5h", "1 h", "1w", "1H", "3651d", "999999999d", "9999999999s",
        "99999999999999999999s", "1h30m", "é", "1é",
    ])
    func otherDurationsAreRefused(text: String) {
        #expect(throws: AccessError.invalidDuration(text)) { try Duration(parsingTimeToLive: text) }
    }

    @Test func messagesQuoteCallersBriefly() {
        let error = AccessError.invalidTenantName(String(repeating: "x", count: 5_000) + "\u{1B}[31m")
        #expect(error.description.count < 250)
        #expect(!AccessError.unknownScope("a\u{1B}\n").description.contains { $0 == "\u{1B}" || $0 == "\n" })
    }

    @Test func tenantIDsDiffer() {
        #expect(TenantIdentity.makeUID() != TenantIdentity.makeUID())
        #expect(TenantIdentity.makeUID().utf8.count == 32)
    }
}
