extension EvaluationRun {
    /// Reads one word of `--compare`: a fusion or a mode by its name, `NAME=FILE.json` with members of a search request,
    /// or `NAME=FILE` with rankings in TREC's form.
    package init(_ word: String) throws {
        guard let sign = word.firstIndex(of: "=") else {
            guard let run = EvaluationRun(word: word) else {
                throw UsageError(
                    message: "--compare does not know '\(word)'; it takes \(Self.words.joined(separator: ", ")), "
                        + "NAME=FILE.json with members of a search request, or NAME=FILE with rankings in TREC's form")
            }
            self = run
            return
        }
        let name = String(word[..<sign])
        let path = String(word[word.index(after: sign)...])
        guard !name.isEmpty, !path.isEmpty else {
            throw UsageError(message: "--compare takes NAME=FILE, not '\(word)'")
        }
        guard path.hasSuffix(".json") else {
            self.init(name: name, rankings: try RunFile.read(path))
            return
        }
        do {
            try self.init(name: name, members: try SettingsFile.read(path))
        } catch let error as ApplianceError {
            throw CommandFailure("\(path): \(Problem(error).detail)")
        }
    }
}
