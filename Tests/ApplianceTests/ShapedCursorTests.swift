import Access
import Appliance
import Columns
import IndexCore
import Testing

/// What a cursor carries besides its place.
@Suite struct ShapedCursorTests {
    private static let seal = CursorSeal(
        seal: TokenSeal(key: [UInt8](repeating: 3, count: 32)), tenantUID: "uid")

    @Test(arguments: [nil, [], [0.5], [Float](repeating: -1.25, count: 100)] as [[Float]?])
    func `the clock and the other model's scores come back as they were`(scores: [Float]?) throws {
        var request = SearchRequest(query: "a")
        request.shaping.reranks = true
        var pager = try SearchPager(request, fingerprint: "f", cursors: Self.seal, now: 1_700_000_123)
        pager.rerankScores = scores
        request.cursor = pager.cursor(after: 10)
        let next = try SearchPager(request, fingerprint: "f", cursors: Self.seal, now: 1_800_000_000)
        #expect(next.rerankScores == scores)
        #expect(next.now.microseconds == 1_700_000_123_000_000)
        #expect((next.offset, next.depth, next.hasIndexChanged) == (10, 100, false))
        let changed = try SearchPager(request, fingerprint: "g", cursors: Self.seal)
        #expect(changed.hasIndexChanged)
    }

    @Test func `a document without a score stays one`() throws {
        var request = SearchRequest(query: "a")
        request.shaping.reranks = true
        var pager = try SearchPager(request, fingerprint: "f", cursors: Self.seal)
        pager.rerankScores = [1, .nan, -2]
        request.cursor = pager.cursor(after: 1)
        let next = try #require(try SearchPager(request, fingerprint: "f", cursors: Self.seal).rerankScores)
        #expect(next.count == 3 && next[0] == 1 && next[1].isNaN && next[2] == -2)
    }

    @Test func `each wish makes another search of it`() throws {
        let request = SearchRequest(query: "a")
        let changes: [(inout Shaping) throws -> Void] = [
            { _ in }, { $0.pinned = ["a"] }, { $0.pinned = ["a", "b"] }, { $0.pinned = ["b", "a"] },
            { $0.hidden = ["a"] },
            { $0.pinned = ["a 1 b"] }, { $0.reranks = true },
            { $0.boosts = [Shaping.Boost(try .init(text: "team = hr"), factor: 2)] },
            { $0.boosts = [Shaping.Boost(try .init(text: "team = hr"), factor: 3)] },
            { $0.boosts = [Shaping.Boost(try .init(text: "team = law"), factor: 2)] },
            { $0.decays = [Shaping.FieldDecay(field: "at", origin: .now, decay: .init(scale: 3))] },
            { $0.decays = [Shaping.FieldDecay(field: "on", origin: .now, decay: .init(scale: 3))] },
            { $0.decays = [Shaping.FieldDecay(field: "at", origin: .number(1), decay: .init(scale: 3))] },
            { $0.decays = [Shaping.FieldDecay(field: "at", origin: .now, decay: .init(curve: .exp, scale: 3))] },
        ]
        for (place, change) in changes.enumerated() {
            var one = request
            try change(&one.shaping)
            let cursor = try #require(try SearchPager(one, fingerprint: "f", cursors: Self.seal).cursor(after: 10))
            for (other, change) in changes.enumerated() {
                var another = request
                try change(&another.shaping)
                another.cursor = cursor
                let opened = try? SearchPager(another, fingerprint: "f", cursors: Self.seal)
                #expect((opened != nil) == (other == place), "\(place) \(other)")
            }
        }
    }
}
