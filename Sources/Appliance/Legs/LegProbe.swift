import BM25
import Columns
import HNSW
package import IndexCore
package import TenantStore

/// The questions of a probe: the first words of some documents, each of which a ranking should find by them.
///
/// It shows whether a ranking is broken, as by vectors of another text or none; it says nothing about how good it is.
package struct LegProbe: Sendable {
    /// A document and the words it begins with.
    package struct Question: Sendable, Equatable {
        /// Its first passage, which names it, and the one behind its last.
        package var document: PassageID
        package var text: String
    }

    /// By the order in which they were chosen.
    package let questions: [Question]

    /// Documents that are asked for.
    static let questionCount = 64
    /// Fewer questions tell nothing.
    static let fewestQuestions = 32
    /// Collections of fewer documents are not probed.
    static let fewestDocuments = 200
    /// Words of a question.
    static let wordCount = 12
    /// Scalars of a question, where words are long or not divided.
    static let scalarLimit = 240
    /// A document counts as found among so many.
    static let depth = 10

    /// Which documents are looked at: four times as many as are asked for, at equal steps in id order, every fourth of
    /// them first, so that a few that begin alike can be passed over.
    package static func choice(of count: Int) -> [Int] {
        let wide = min(count, 4 * questionCount)
        let places = (0..<wide).map { $0 * count / wide }
        return (0..<4).flatMap { start in stride(from: start, to: wide, by: 4).map { places[$0] } }
    }

    /// Makes questions of documents, in the order given; those that begin as another one does are passed over.
    /// - Parameter documents: The text of each: title, new line, first passage.
    package init(_ documents: [(document: PassageID, text: String)]) {
        var seen: Set<String> = []
        var questions: [Question] = []
        for (document, text) in documents where questions.count < Self.questionCount {
            let opening = Self.opening(of: text)
            guard !opening.isEmpty, seen.insert(opening).inserted else { continue }
            questions.append(Question(document: document, text: opening))
        }
        self.questions = questions
    }

    /// The first words of a text, with one space between.
    package static func opening(of text: String) -> String {
        let words = text.unicodeScalars.prefix(4 * scalarLimit)
            .split(maxSplits: wordCount, whereSeparator: \.properties.isWhitespace)
        let joined = words.prefix(wordCount).map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
        return String(String.UnicodeScalarView(joined.unicodeScalars.prefix(scalarLimit)))
    }

    /// Reads the documents of a collection that are asked for.
    static func choose(from collection: CollectionSnapshot, _ reader: TenantReader) throws -> LegProbe {
        let all = collection.columns.documents(live: collection.live).documents
        let chosen = choice(of: all.count).map { all[$0] }
        let texts = try reader.read {
            let titles = Dictionary(
                try reader.documents(byFirstPassage: chosen, in: collection.record.id)
                    .map { ($0.firstPassage, $0.title) },
                uniquingKeysWith: { first, _ in first })
            return try reader.passages(chosen, in: collection.record.id).map { passage in
                (
                    document: passage.id,
                    text: DocumentContent.embeddedText(title: titles[passage.id] ?? "", passage: passage.text)
                )
            }
        }
        return LegProbe(texts)
    }
}

/// What a probe saw of one ranking.
package struct LegFinding: Sendable, Equatable {
    package var leg: LegName
    /// Empty for keywords.
    package var space: String
    package var probed = 0
    package var found = 0
    /// Why it could not be probed; nil where it was.
    package var obstacle: String?
}

extension LegProbe {
    /// Asks the ranking by words.
    func askKeywords(_ collection: CollectionSnapshot, deadline: SearchDeadline) throws -> LegFinding {
        var finding = LegFinding(leg: .bm25, space: "")
        for question in questions {
            var query = try KeywordQuery(
                SearchQuestion(SearchRequest(query: question.text)), collection.keywords, others: [],
                allowsTypos: false, deadline: deadline)
            let hits = try query.search(
                k: Self.depth, live: collection.live, filter: nil, countsAll: false, deadline: deadline
            ).hits
            finding.probed += 1
            finding.found += hits.contains { $0.document == question.document } ? 1 : 0
        }
        return finding
    }

    /// Asks the ranking by meaning, as searches do.
    /// - Parameter vectors: Of the questions that are asked, by place; nil for documents without a vector.
    func askVectors(
        _ vectors: [[Float]?], in space: SpaceSnapshot, of collection: CollectionSnapshot, deadline: SearchDeadline
    ) throws -> LegFinding {
        var finding = LegFinding(leg: .vector, space: space.name)
        for (question, vector) in zip(questions, vectors) {
            guard let vector else { continue }
            let hits = try space.vectors.search(
                vector, k: Self.depth, ef: space.settings.ef ?? 2 * SearchRequest(query: "").depth,
                live: collection.live, deadline: deadline)
            finding.probed += 1
            finding.found += hits.contains { $0.document == question.document } ? 1 : 0
        }
        return finding
    }
}
