import Glibc

/// One query's ranking, best first.
package struct RankedQuery: Sendable {
    package var query: String
    package var documents: [(id: String, score: Double)]

    /// Memberwise.
    package init(query: String, documents: [(id: String, score: Double)]) {
        self.query = query
        self.documents = documents
    }
}

/// Rankings on disk.
package enum RunFile {
    /// How the lines look.
    package enum Form {
        /// Query, document, rank and score, separated by tabs.
        case tabs
        /// TREC's: query, `Q0`, document, rank, a number that falls with the rank, and the run's name, separated by blanks.
        case trec(name: String)
    }

    /// Writes the rankings of all queries.
    /// - Throws: ``CommandFailure``: the file cannot be written, or an id holds a blank and TREC's form has none.
    package static func write(_ results: [RankedQuery], to path: String, as form: Form = .tabs) throws(CommandFailure) {
        var text = ""
        for result in results {
            for (place, document) in result.documents.enumerated() {
                switch form {
                case .tabs: text += "\(result.query)\t\(document.id)\t\(place + 1)\t\(document.score)\n"
                case .trec(let name):
                    for id in [result.query, document.id] where id.utf8.contains(where: { $0 <= 0x20 }) {
                        throw CommandFailure("TREC's form has no place for the blank in '\(id)'; use --run instead")
                    }
                    // Other programs go by the score alone, and by the id where scores are equal: this keeps our order.
                    let score = result.documents.count - place
                    text += "\(result.query) Q0 \(document.id) \(place + 1) \(score) \(name)\n"
                }
            }
        }
        try OutputFile.write(text, to: path)
    }

    /// How lines of judgments look.
    package enum JudgmentForm {
        /// Query, document and relevance, separated by tabs.
        case tabs
        /// TREC's: query, 0, document and relevance, separated by blanks.
        case trec
    }

    /// Writes judgments.
    /// - Throws: ``CommandFailure``: the file cannot be written, or an id holds what separates the columns.
    package static func write(
        _ judgments: [String: [String: Int]], to path: String, as form: JudgmentForm = .trec
    ) throws(CommandFailure) {
        var text = ""
        for (query, documents) in judgments.sorted(by: { $0.key < $1.key }) {
            for (document, relevance) in documents.sorted(by: { $0.key < $1.key }) {
                for id in [query, document] {
                    switch form {
                    case .tabs where id.utf8.contains(where: { $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }):
                        throw CommandFailure(
                            "a line has no place for the tab or the line break in the id '\(Terminal.harmless(id))'")
                    case .trec where id.utf8.contains(where: { $0 <= 0x20 }):
                        throw CommandFailure("TREC's form has no place for the blank in '\(Terminal.harmless(id))'")
                    default: break
                    }
                }
                text +=
                    form == .tabs
                    ? "\(query)\t\(document)\t\(relevance)\n" : "\(query) 0 \(document) \(relevance)\n"
            }
        }
        try OutputFile.write(text, to: path)
    }

    /// Reads rankings in TREC's form: lines may stand in any order, scores decide, of equal ones the rank.
    /// - Throws: ``CommandFailure`` with the line.
    package static func read(_ path: String) throws -> [String: RankedQuery] {
        var entries: [String: [(id: String, rank: Int, score: Double)]] = [:]
        var reader = try FileLineReader(path)
        var number = 0
        while let line = try reader.next() {
            number += 1
            guard case .text(let bytes) = line, !bytes.isEmpty else { continue }
            let fields = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\t" }
            guard fields.count == 6, let rank = Int(fields[3]), let score = Double(fields[4]), score.isFinite else {
                throw CommandFailure(
                    "\(path):\(number): expected query, Q0, document, rank, score and name, separated by blanks")
            }
            entries[String(fields[0]), default: []].append((String(fields[2]), rank, score))
        }
        return entries.reduce(into: [:]) { runs, entry in
            let documents = entry.value.sorted { $0.score != $1.score ? $0.score > $1.score : $0.rank < $1.rank }
            runs[entry.key] = RankedQuery(query: entry.key, documents: documents.map { ($0.id, $0.score) })
        }
    }
}

/// A whole file written at once.
enum OutputFile {
    static func write(_ text: String, to path: String) throws(CommandFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else {
                throw CommandFailure("\(path) could not be written whole: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(count)
        }
    }
}
