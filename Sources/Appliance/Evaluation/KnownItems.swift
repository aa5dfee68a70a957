import Access
import JSON

/// Queries whose answer is known without judgments: a document's own title, and a sentence of its text.
///
/// Documents are taken at equal steps through the list, sentences by a fixed rule, so the same collection gives the same
/// queries. The collection is listed once: O(documents), and the texts of the sample are read.
struct KnownItems {
    let evaluation: Evaluation
    /// Documents to take.
    let sample: Int

    static let usualSample = 200

    static let caveat =
        "Known-item queries are the documents' own words: they show whether each ranking finds what it holds, and favour "
        + "the one by words. They cannot tell how well questions in other words are answered; judge some for that."

    private static let listPage: Int64 = 500
    /// Words of a sentence that can serve as a query.
    private static let sentenceLength = 6...40

    func queries() async throws -> JudgedQueries {
        let ids = try await documentIDs()
        guard !ids.isEmpty else { throw CommandFailure("collection \(evaluation.collection) has no documents") }
        let count = min(sample, ids.count)
        var judged = JudgedQueries(texts: [], judgments: [:])
        for place in 0..<count {
            let id = ids[place * ids.count / count]
            let document = try await evaluation.session.call(
                "GET", "/v1/documents/\(DocumentURI.escaped(id))?collection=\(evaluation.collection)",
                as: .user(evaluation.tenant, .search))
            let title = document["title"]?.stringValue ?? ""
            add(title, "title", of: id, to: &judged)
            add(Self.sentence(of: document["text"]?.stringValue ?? ""), "sentence", of: id, to: &judged)
        }
        guard !judged.texts.isEmpty else {
            throw CommandFailure("no document of \(evaluation.collection) has a title or a sentence to ask for")
        }
        return judged
    }

    private func add(_ text: String?, _ kind: String, of id: String, to judged: inout JudgedQueries) {
        guard let text, text.contains(where: { $0.isLetter }) else { return }
        let query = "\(kind):\(id)"
        judged.texts.append((query, text))
        judged.judgments[query] = [id: 1]
    }

    /// The sentence nearest to the middle that is neither a scrap nor a paragraph; nil if there is none.
    static func sentence(of text: String) -> String? {
        let sentences = text.split { ".!?\n".contains($0) }.map { $0.split(separator: " ") }
        let fitting = sentences.indices.filter { sentenceLength.contains(sentences[$0].count) }
        let middle = sentences.count / 2
        return fitting.min { abs($0 - middle) < abs($1 - middle) }.map { sentences[$0].joined(separator: " ") }
    }

    private func documentIDs() async throws -> [String] {
        var ids: [String] = []
        var cursor: String?
        repeat {
            var path = "/v1/documents?collection=\(evaluation.collection)&limit=\(Self.listPage)"
            if let cursor { path += "&cursor=\(DocumentURI.escaped(cursor))" }
            let page = try await evaluation.session.call("GET", path, as: .user(evaluation.tenant, .search))
            ids += (page["documents"]?.arrayValue ?? []).compactMap { $0["doc_id"]?.stringValue }
            cursor = page["next_cursor"]?.stringValue
        } while cursor != nil
        return ids
    }
}
