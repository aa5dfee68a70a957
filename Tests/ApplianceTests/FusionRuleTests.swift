import Appliance
import IndexCore
import Testing

/// Who decides how rankings are joined, member by member.
@Suite struct FusionRuleTests {
    private static let settings: FusionSettings = {
        var settings = FusionSettings()
        (settings.method, settings.keywordWeight, settings.vectorWeight) = (.calibrated, 2, 3)
        (settings.k, settings.weight, settings.feedback) = (7, 1.5, 0)
        return settings
    }()

    @Test func `what nobody says has the usual values`() throws {
        let rule = try FusionRule(SearchRequest(query: "a"), FusionSettings(), standard: .rrf, joins: true)
        #expect((rule.keywordWeight, rule.vectorWeight, rule.method) == (0.5, 0.5, .rrf))
        #expect(rule.k == 60)
        #expect((rule.weight, rule.feedback) == (0.6, 0.2))
    }

    @Test func `the collection wins over the server, the request over both`() throws {
        var request = SearchRequest(query: "a")
        let server = try FusionRule(request, FusionSettings(), standard: .minmax, joins: true)
        #expect(server.method == .minmax)
        let collection = try FusionRule(request, Self.settings, standard: .minmax, joins: true)
        #expect(collection.method == .calibrated)
        #expect((collection.keywordWeight, collection.vectorWeight, collection.k) == (2, 3, 7))
        let fusion = collection.calibratedFusion
        #expect((fusion.weight, fusion.feedback) == (1.5, 0))
        #expect(abs(fusion.keywordShare - 0.4) < 1e-12 && abs(fusion.vectorShare - 0.6) < 1e-12)
        (request.fusion, request.keywordWeight, request.k) = (.rrf, 1, 20)
        let own = try FusionRule(request, Self.settings, standard: .minmax, joins: true)
        #expect((own.method, own.k) == (.rrf, 20))
        // Member by member: what the request leaves out is still the collection's.
        #expect((own.keywordWeight, own.vectorWeight) == (1, 3))
        let applied = own.applied(to: request)
        #expect((applied.fusion, applied.keywordWeight, applied.vectorWeight, applied.k) == (.rrf, 1, 3, 20))
    }

    @Test func `settings are about two rankings: of one alone only the request speaks`() throws {
        var request = SearchRequest(query: "a")
        #expect(try FusionRule(request, Self.settings, standard: .minmax, joins: false).method == .rrf)
        request.fusion = .minmax
        #expect(try FusionRule(request, Self.settings, standard: .rrf, joins: false).method == .minmax)
    }

    @Test func `weights that are both 0 once joined are refused`() throws {
        var settings = FusionSettings()
        settings.vectorWeight = 0
        var request = SearchRequest(query: "a")
        #expect(throws: Never.self) { try FusionRule(request, settings, standard: .rrf, joins: true) }
        request.keywordWeight = 0
        try request.validate()
        #expect(throws: ApplianceError.self) { try FusionRule(request, settings, standard: .rrf, joins: true) }
        #expect(throws: Never.self) { try FusionRule(request, settings, standard: .rrf, joins: false) }
    }
}
