import BM25
import Foundation
import IndexCore
import Testing

/// Ranking quality on a judged public set, where it lies beside the checkout.
@Suite("Quality")
struct QualityTests {
    private static let sciFact: URL? = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<8 {
            folder.deleteLastPathComponent()
            let data = folder.appendingPathComponent("shared/data/scifact")
            if FileManager.default.fileExists(atPath: data.appendingPathComponent("qrels.tsv").path) {
                return data
            }
        }
        return nil
    }()

    private struct Line: Decodable {
        let id: String
        let title: String?
        let text: String
    }

    private func lines(_ file: URL) throws -> [Line] {
        try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(Line.self, from: Data($0))
        }
    }

    @Test(
        "SciFact: nDCG@10 of at least 0.68 with titles twice",
        .enabled(if: sciFact != nil, "shared/data/scifact is not beside this checkout"))
    func sciFactQuality() throws {
        let folder = try #require(Self.sciFact)
        let documents = try lines(folder.appendingPathComponent("docs.jsonl"))
        var index = BM25Index()
        var live = IDSet()
        var next = 0
        while next < documents.count {
            var builder = BM25SegmentBuilder()
            for place in next..<min(next + 700, documents.count) {
                let id = PassageID(UInt32(place))
                live.insert(id)
                builder.add(id, document: id, title: documents[place].title ?? "", text: documents[place].text)
            }
            next += 700
            index.append(builder.build(), live: live)
        }
        var judged: [String: Set<String>] = [:]
        let qrels = try String(contentsOf: folder.appendingPathComponent("qrels.tsv"), encoding: .utf8)
        for line in qrels.split(separator: "\n") {
            let fields = line.split(separator: "\t").map(String.init)
            judged[fields[0], default: []].insert(fields[1])
        }
        let snapshot = index.snapshot
        var sum = 0.0
        for query in try lines(folder.appendingPathComponent("queries.jsonl")) {
            guard let relevant = judged[query.id] else { continue }
            let hits = try snapshot.search(snapshot.analyze(query.text), k: 10, live: live).hits
            var gain = 0.0
            for (rank, hit) in hits.enumerated() where relevant.contains(documents[Int(hit.document.rawValue)].id) {
                gain += 1 / log2(Double(rank) + 2)
            }
            sum += gain / (0..<min(10, relevant.count)).reduce(0) { $0 + 1 / log2(Double($1) + 2) }
        }
        #expect(sum / Double(judged.count) >= 0.68)
    }
}
