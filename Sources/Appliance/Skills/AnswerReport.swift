import A2A
import JSON

/// An answer as it is read: sentences with `[n]` behind them, and the list of what `n` stands for.
struct AnswerReport {
    let question: String
    /// Sentences that stand in their documents.
    let claims: [AnswerClaim]
    /// Those that are cited, under new numbers from 1.
    let sources: [AnswerSource]
    /// Sentences that were dropped, since their documents changed meanwhile.
    let dropped: Int
    let warnings: [String]

    /// - Parameter outputs: Of the steps, by their names.
    init(_ outputs: JSONObject, question: String) throws {
        let found = try outputs["rank"]?["sources"]?.arrayValue?.map { try AnswerSource($0) } ?? []
        let verdicts = outputs["verify"]?["claims"]?.arrayValue ?? []
        let standing = try verdicts.filter { $0["verified"] == true }.map { try AnswerClaim($0) }
        self.init(
            question: question, claims: standing, sources: found, dropped: verdicts.count - standing.count,
            warnings: outputs["search"]?["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }

    init(question: String, claims: [AnswerClaim], sources: [AnswerSource], dropped: Int, warnings: [String]) {
        self.question = question
        self.dropped = dropped
        self.warnings = warnings
        let cited = sources.filter { source in claims.contains { $0.source == source.number } }
        let numbers = Dictionary(
            cited.enumerated().map { ($1.number, $0 + 1) }, uniquingKeysWith: { first, _ in first })
        self.sources = cited.enumerated().map { index, source in
            var source = source
            source.number = index + 1
            return source
        }
        self.claims = claims.map { claim in
            var claim = claim
            claim.source = numbers[claim.source] ?? 0
            return claim
        }
    }

    /// The text in pieces, as it is streamed.
    var pieces: [String] {
        guard !claims.isEmpty else {
            let reason = dropped > 0 ? "What was found changed while the answer was made; ask again." : Self.nothing
            return [reason] + remarks
        }
        var pieces = claims.map { "\($0.text) [\($0.source)]\n\n" }
        pieces.append("Sources:\n\n")
        pieces += sources.map { source in
            let name = source.title.isEmpty ? source.documentID : source.title
            let page = source.page.map { ", page \($0)" } ?? ""
            return "[\(source.number)] \(name)\(page), <\(source.uri)>\n"
        }
        return pieces + remarks
    }

    private static let nothing = "Nothing in the documents answers this."

    private var remarks: [String] {
        var remarks = warnings.map { "\n\nNote: \($0)\n" }
        if dropped > 0, !claims.isEmpty {
            remarks.append("\n\nNote: \(dropped) sentences were left out, since their documents changed meanwhile.\n")
        }
        return remarks
    }

    /// One line.
    var summary: String {
        claims.isEmpty
            ? Self.nothing
            : "\(claims.count) sentence\(claims.count == 1 ? "" : "s") from \(sources.count) source\(sources.count == 1 ? "" : "s")"
    }

    /// What was cited, and where each sentence stands.
    var json: JSONValue {
        [
            "question": .string(question), "sources": .array(sources.map(\.json)),
            "claims": .array(claims.map { .object($0.json) }),
            "warnings": .array(warnings.map { .string($0) }),
        ]
    }

    /// Streams the text as the artifact `report`, then brings the data as `sources`.
    func send(by run: SkillRun) async throws {
        for (index, piece) in pieces.enumerated() {
            try await run.put(
                Artifact(
                    artifactID: "report", name: "report.md", description: "The answer with its citations",
                    parts: [Part(.text(piece), mediaType: "text/markdown")]),
                append: index > 0, isLast: index == pieces.count - 1)
        }
        try await run.put(
            Artifact(
                artifactID: "sources", name: "sources", description: "What the numbers stand for, byte for byte",
                parts: [Part(.data(json), mediaType: "application/json")]))
    }
}
