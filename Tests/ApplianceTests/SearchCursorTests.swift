import Access
import Appliance
import TestKit
import Testing

@Suite struct SearchCursorTests {
    private let request = SearchRequest(query: "privacy")

    @Test(arguments: [1, 10, 999, SearchRequest.deepestDocument])
    func `reads back what it wrote`(offset: Int) throws {
        let cursor = SearchCursor(
            offset: offset, depth: 100, fingerprint: "0123456789abcdef", requestHash: SearchCursor.hash(of: request))
        #expect(try SearchCursor(cursor.encoded, for: request) == cursor)
    }

    @Test func `belongs to everything that decides the ranking`() {
        let changes: [(inout SearchRequest) -> Void] = [
            { $0.query = "privacy " }, { $0.mode = .bm25 }, { $0.fusion = .minmax }, { $0.collection = "a" },
            { $0.keywordWeight = 0.4 }, { $0.vectorWeight = 0.4 }, { $0.k = 61 }, { $0.minScore = 0.1 },
            { $0.minVectorScore = 0.1 }, { $0.ef = 100 }, { $0.embedding = [1] }, { $0.embedding = [-1] },
        ]
        var hashes: Set<[UInt8]> = [SearchCursor.hash(of: request)]
        for change in changes {
            var other = request
            change(&other)
            #expect(hashes.insert(SearchCursor.hash(of: other)).inserted)
        }
        var page = request
        page.limit = 3
        page.detail = .ids
        #expect(hashes.contains(SearchCursor.hash(of: page)), "a page may have another size")
    }

    @Test(arguments: UInt64(1)...20)
    func `damaged cursors are refused or harmless`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let good = SearchCursor(
            offset: 10, depth: 100, fingerprint: "0123456789abcdef", requestHash: SearchCursor.hash(of: request)
        ).encoded
        for _ in 0..<200 {
            var bytes = Digest.decodeBase64URL(good) ?? []
            switch Int.random(in: 0..<4, using: &random) {
            case 0: bytes[Int.random(in: bytes.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            case 1: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
            case 2: bytes += (0..<Int.random(in: 1...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            default: bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
            do {
                let cursor = try SearchCursor(Digest.base64URL(bytes), for: request)
                #expect((1...SearchRequest.deepestDocument).contains(cursor.offset))
                #expect(SearchRequest.depthRange.contains(cursor.depth))
            } catch {
                #expect(error == .invalidCursor)
            }
        }
        for text in ["", "=", "ä", String(repeating: "A", count: 300)] {
            #expect(throws: ApplianceError.invalidCursor) { try SearchCursor(text, for: request) }
        }
    }
}
