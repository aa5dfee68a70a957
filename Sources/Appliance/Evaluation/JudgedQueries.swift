import JSON

/// Queries with their judgments; those without a relevant document are left out, as trec_eval does.
package struct JudgedQueries: Sendable {
    package var texts: [(id: String, text: String)] = []
    package var judgments: [String: [String: Int]] = [:]

    /// Queries made by the evaluation itself.
    init(texts: [(id: String, text: String)], judgments: [String: [String: Int]]) {
        self.texts = texts
        self.judgments = judgments
    }

    /// Reads queries as JSON lines, and judgments of three columns or TREC's four.
    package init(queries: String, qrels: String) throws {
        judgments = try Self.readJudgments(qrels).filter { $0.value.values.contains { $0 > 0 } }
        var lines = try FileLineReader(queries)
        var number = 0
        while let line = try lines.next() {
            number += 1
            guard case .text(let bytes) = line, !bytes.isEmpty else { continue }
            guard let object = try? JSONValue(parsing: bytes),
                let id = object["id"]?.stringValue ?? object["_id"]?.stringValue, let text = object["text"]?.stringValue
            else { throw CommandFailure("\(queries):\(number): expected an object with \"id\" and \"text\"") }
            if judgments[id] != nil { texts.append((id, text)) }
        }
        guard !texts.isEmpty else { throw CommandFailure("no query of \(queries) has a relevant document in \(qrels)") }
    }

    private static func readJudgments(_ path: String) throws -> [String: [String: Int]] {
        var judgments: [String: [String: Int]] = [:]
        var reader = try FileLineReader(path)
        var number = 0
        while let line = try reader.next() {
            number += 1
            guard case .text(let bytes) = line else { continue }
            let text = String(decoding: bytes, as: UTF8.self)
            // Ids may hold blanks where tabs separate.
            let fields = text.contains("\t") ? text.split(separator: "\t") : text.split(separator: " ")
            // Three columns, or TREC's four with an iteration between query and document.
            guard fields.count == 3 || fields.count == 4, let relevance = Int(fields[fields.count - 1]) else {
                if bytes.isEmpty || number == 1 { continue }
                throw CommandFailure("\(path):\(number): expected query, document and relevance")
            }
            judgments[String(fields[0]), default: [:]][String(fields[fields.count - 2])] = relevance
        }
        return judgments
    }
}
