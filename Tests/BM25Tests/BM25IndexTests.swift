import BM25
import IndexCore
import Testing

@Suite("BM25Index")
struct BM25IndexTests {
    @Test("an empty index answers nothing")
    func empty() throws {
        let snapshot = BM25Index().snapshot
        let result = try snapshot.search(snapshot.analyze("anything at all"), k: 10, live: IDSet())
        #expect(result.hits.isEmpty)
        #expect(result.total == 0)
        #expect(snapshot.statistics == BM25Statistics())
    }
}
