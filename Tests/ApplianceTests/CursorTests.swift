import Access
import Appliance
import TestKit
import Testing

@Suite struct CursorTests {
    private let cursors = CursorSeal(seal: TokenSeal(key: Array(0..<32)), tenantUID: "a1")
    private let request = SearchRequest(query: "privacy")

    private func pager(_ cursor: String?, _ change: (inout SearchRequest) -> Void = { _ in }) throws -> SearchPager {
        var request = request
        request.cursor = cursor
        change(&request)
        return try SearchPager(request, fingerprint: "0123456789abcdef", cursors: cursors)
    }

    @Test(arguments: [1, 10, 999, SearchRequest.deepestDocument])
    func `a search goes on where its cursor says`(offset: Int) throws {
        let cursor = try #require(try pager(nil) { $0.depth = 70 }.cursor(after: offset))
        let next = try pager(cursor)
        #expect(next.offset == offset)
        #expect(next.depth == 70, "the depth is that of the first page")
        #expect(!next.hasIndexChanged)
    }

    @Test func `paging ends at the deepest document`() throws {
        #expect(try pager(nil).cursor(after: SearchRequest.deepestDocument + 1) == nil)
        let last = try #require(try pager(nil).cursor(after: SearchRequest.deepestDocument))
        #expect(try pager(last).cursor(after: 1) == nil)
    }

    @Test func `another index is told, and is no error`() throws {
        var request = request
        request.cursor = try pager(nil).cursor(after: 10)
        let next = try SearchPager(request, fingerprint: "fedcba9876543210", cursors: cursors)
        #expect(next.hasIndexChanged)
        #expect(next.offset == 10)
    }

    @Test func `a search cursor belongs to everything that decides the ranking`() throws {
        let cursor = try pager(nil).cursor(after: 10)
        let changes: [(inout SearchRequest) -> Void] = [
            { $0.query = "privacy " }, { $0.mode = .bm25 }, { $0.fusion = .minmax }, { $0.collection = "a" },
            { $0.keywordWeight = 0.4 }, { $0.vectorWeight = 0.4 }, { $0.k = 61 }, { $0.minScore = 0.1 },
            { $0.minVectorScore = 0.1 }, { $0.ef = 100 }, { $0.embedding = [1] }, { $0.embedding = [-1] },
        ]
        for change in changes {
            #expect(throws: ApplianceError.invalidCursor) { try pager(cursor, change) }
        }
        let page = try pager(cursor) { request in
            request.limit = 3
            request.detail = .ids
        }
        #expect(page.offset == 10, "a page may have another size")
    }

    private func list(
        _ cursor: String?, name: String = "documents", request: [String] = ["notes"], fingerprint: String = "1",
        cursors: CursorSeal? = nil
    ) throws -> ListPager {
        try ListPager(
            cursor, list: name, request: request, fingerprint: Array(fingerprint.utf8), placeCount: 2,
            cursors: cursors ?? self.cursors)
    }

    @Test(arguments: [["notes", "a"], ["notes", ""], ["ä", "日本語/%2F\n"]])
    func `a list goes on behind its place`(place: [String]) throws {
        let next = try list(try list(nil).cursor(after: place))
        #expect(next.place == place)
        #expect(next.warnings == [])
        let changed = try list(try list(nil).cursor(after: place), fingerprint: "2")
        #expect(changed.place == place)
        #expect(changed.warnings == [ListPager.indexChanged])
    }

    @Test func `a list's cursor is good for its tenant, list and request alone`() throws {
        let cursor = try list(nil).cursor(after: ["notes", "a"])
        let search = try #require(try pager(nil).cursor(after: 10))
        #expect(throws: ApplianceError.invalidCursor) { try list(search) }
        #expect(throws: ApplianceError.invalidCursor) { try pager(cursor) }
        #expect(throws: ApplianceError.invalidCursor) { try list(cursor, name: "jobs") }
        for request in [["note"], ["notes", ""], ["no", "tes"], []] {
            #expect(throws: ApplianceError.invalidCursor) { try list(cursor, request: request) }
        }
        let others = [
            CursorSeal(seal: TokenSeal(key: Array(0..<32)), tenantUID: "a2"),
            CursorSeal(seal: TokenSeal(key: Array(1..<33)), tenantUID: "a1"),
        ]
        for other in others {
            #expect(throws: ApplianceError.invalidCursor) { try list(cursor, cursors: other) }
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `damaged cursors are refused`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let good = [try #require(try pager(nil).cursor(after: 10)), try list(nil).cursor(after: ["notes", "a"])]
        for _ in 0..<200 {
            let text = try #require(good.randomElement(using: &random))
            var bytes = try #require(Digest.decodeBase64URL(text))
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            case 1: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
            case 2:
                bytes += (0..<Int.random(in: 1...300, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            default:
                bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                    UInt8.random(in: 0...255, using: &random)
                }
            }
            #expect(throws: ApplianceError.invalidCursor) { try pager(Digest.base64URL(bytes)) }
            #expect(throws: ApplianceError.invalidCursor) { try list(Digest.base64URL(bytes)) }
        }
        for text in ["", "=", "ä", String(repeating: "A", count: 10_000)] {
            #expect(throws: ApplianceError.invalidCursor) { try pager(text) }
            #expect(throws: ApplianceError.invalidCursor) { try list(text) }
        }
    }
}
