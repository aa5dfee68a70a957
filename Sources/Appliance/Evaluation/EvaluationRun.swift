package import JSON

/// One way of ranking that takes part in an evaluation.
package struct EvaluationRun: Sendable {
    /// Where its rankings come from.
    package enum Source: Sendable {
        /// A search for each query with these members in its request.
        case search(JSONObject)
        /// A file of rankings in TREC's form.
        case file(path: String)
    }

    package let name: String
    package let source: Source

    /// Reads one word of `--compare`: a fusion or a mode by its name, `NAME=FILE.json` with members of a search request,
    /// or `NAME=FILE` with rankings in TREC's form.
    package init(_ word: String) throws {
        if let sign = word.firstIndex(of: "=") {
            let path = String(word[word.index(after: sign)...])
            name = String(word[..<sign])
            guard !name.isEmpty, !path.isEmpty else {
                throw UsageError(message: "--compare takes NAME=FILE, not '\(word)'")
            }
            source = path.hasSuffix(".json") ? .search(try Self.members(path)) : .file(path: path)
            return
        }
        name = word
        if SearchRequest.Fusion(rawValue: word) != nil {
            source = .search(["mode": "hybrid", "fusion": .string(word)])
        } else if SearchRequest.Mode(rawValue: word) != nil {
            source = .search(["mode": .string(word)])
        } else {
            let known = (SearchRequest.Fusion.allCases.map(\.rawValue) + SearchRequest.Mode.allCases.map(\.rawValue))
            throw UsageError(
                message: "--compare does not know '\(word)'; it takes \(known.joined(separator: ", ")), NAME=FILE.json "
                    + "with members of a search request, or NAME=FILE with rankings in TREC's form")
        }
    }

    /// A search with these members.
    package init(name: String, members: JSONObject) {
        self.name = name
        source = .search(members)
    }

    /// Whether its searches need the query's vector.
    package var embeds: Bool {
        guard case .search(let members) = source else { return false }
        return members["mode"]?.stringValue != SearchRequest.Mode.bm25.rawValue
    }

    /// What the evaluation itself decides.
    private static let reserved = ["query", "collection", "limit", "detail", "cursor", "embedding"]

    private static func members(_ path: String) throws -> JSONObject {
        let object = try SettingsFile.read(path)
        for name in reserved where object[name] != nil {
            throw CommandFailure("\(path): \(name) is set by the evaluation; leave it out")
        }
        return object
    }
}
