import JSON
package import TenantStore

/// Queries with their judgments.
package struct JudgedQueries: Sendable {
    package var texts: [(id: String, text: String)] = []
    package var judgments: [String: [String: Int]] = [:]

    /// Queries made by the evaluation itself.
    init(texts: [(id: String, text: String)], judgments: [String: [String: Int]]) {
        self.texts = texts
        self.judgments = judgments
    }

    /// Those that a collection keeps.
    package init(_ kept: [JudgedQueryRecord]) {
        texts = kept.map { ($0.id, $0.text) }
        judgments = Dictionary(
            kept.map { query in
                (query.id, Dictionary(query.judgments.map { ($0.document, $0.grade) }, uniquingKeysWith: { $1 }))
            }, uniquingKeysWith: { $1 })
    }

    /// Those of a request.
    init(_ given: [JudgmentChange]) {
        texts = given.compactMap { query in query.text.map { (query.query, $0) } }
        judgments = Dictionary(
            given.map { query in
                let grades = query.grades.compactMap { entry in entry.grade.map { (entry.document, $0) } }
                return (query.query, Dictionary(grades, uniquingKeysWith: { $1 }))
            }, uniquingKeysWith: { $1 })
    }

    /// Those alone that have a relevant document, as trec_eval takes them.
    package var measurable: JudgedQueries {
        let relevant = judgments.filter { $0.value.values.contains { $0 > 0 } }
        return JudgedQueries(texts: texts.filter { relevant[$0.id] != nil }, judgments: relevant)
    }

    // MARK: Files

    /// Reads queries as JSON lines, and judgments of three columns or TREC's four.
    /// - Throws: ``CommandFailure`` where no query has a relevant document.
    package init(queries: String, qrels: String) throws {
        let read = JudgedQueries(texts: try Self.readQueries(queries), judgments: try Self.readJudgments(qrels))
        self = read.measurable
        guard !texts.isEmpty else { throw CommandFailure("no query of \(queries) has a relevant document in \(qrels)") }
    }

    /// Reads queries as JSON lines.
    static func readQueries(_ path: String) throws -> [(id: String, text: String)] {
        var texts: [(id: String, text: String)] = []
        var lines = try FileLineReader(path)
        var number = 0
        while let line = try lines.next() {
            number += 1
            guard case .text(let bytes) = line, !bytes.isEmpty else { continue }
            guard let object = try? JSONValue(parsing: bytes),
                let id = object["id"]?.stringValue ?? object["_id"]?.stringValue, let text = object["text"]?.stringValue
            else { throw CommandFailure("\(path):\(number): expected an object with \"id\" and \"text\"") }
            texts.append((id, text))
        }
        return texts
    }

    /// Reads grades by query and document.
    static func readJudgments(_ path: String) throws -> [String: [String: Int]] {
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
