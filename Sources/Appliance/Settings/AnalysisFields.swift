import BM25
import JSON

/// The `analysis` member of a collection's settings.
enum AnalysisFields {
    private static let prefix = "analysis."

    private enum StopWordsChoice: String { case none, language }

    static func read(_ object: JSONObject) throws(ApplianceError) -> AnalyzerOptions {
        var fields = Fields(object, prefix: prefix)
        var options = AnalyzerOptions()
        let languages = AnalyzerOptions.Stemmer.allCases
        if let stemmer = try fields.choice("language", of: languages) { options.stemmer = stemmer }
        if !fields.takeNull("title_language") {
            options.titleStemmer = try fields.choice("title_language", of: languages)
        }
        if let stopWords = try readStopWords(&fields) { options.stopWords = stopWords }
        if let rule = try fields.choice("ideographs", of: AnalyzerOptions.IdeographRule.allCases) {
            options.ideographs = rule
        }
        if let splits = try fields.flag("identifiers") { options.splitsIdentifiers = splits }
        options.protectedWords = try words("protected_words", &fields) ?? []
        options.synonyms = try readSynonyms(&fields)
        try fields.finish()
        if let (index, problem) = options.synonymProblem() {
            throw .invalidArgument(name: "\(prefix)synonyms[\(index)]", reason: problem.description)
        }
        return options
    }

    private static func readStopWords(_ fields: inout Fields) throws(ApplianceError) -> AnalyzerOptions.StopWords? {
        guard case .array? = fields.peek("stop_words") else {
            switch try fields.choice("stop_words", of: [StopWordsChoice.none, .language]) {
            case .none?: return AnalyzerOptions.StopWords.none
            case .language?: return .language
            case nil: return nil
            }
        }
        return .words(try words("stop_words", &fields) ?? [])
    }

    private static func words(_ name: String, _ fields: inout Fields) throws(ApplianceError) -> [String]? {
        let words = try fields.texts(name, count: 0...AnalyzerOptions.maximumWordCount)
        for (index, word) in (words ?? []).enumerated() where word.utf8.count > CollectionSettings.wordLimit {
            throw .invalidArgument(
                name: "\(prefix)\(name)[\(index)]", reason: "must have at most \(CollectionSettings.wordLimit) bytes")
        }
        return words
    }

    private static func readSynonyms(_ fields: inout Fields) throws(ApplianceError) -> [SynonymRule] {
        var rules: [SynonymRule] = []
        let texts = try fields.texts("synonyms", count: 0...AnalyzerOptions.maximumSynonymCount) ?? []
        for (index, text) in texts.enumerated() {
            let name = "\(prefix)synonyms[\(index)]"
            guard text.utf8.count <= CollectionSettings.ruleLimit else {
                throw .invalidArgument(
                    name: name, reason: "must have at most \(CollectionSettings.ruleLimit) bytes")
            }
            do {
                rules.append(try SynonymRule(text))
            } catch {
                throw .invalidArgument(name: name, reason: error.description)
            }
        }
        return rules
    }

    static func write(_ options: AnalyzerOptions, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("language", options.stemmer.rawValue)
        if let title = options.titleStemmer { writer.member("title_language", title.rawValue) }
        switch options.stopWords {
        case .none: writer.member("stop_words", StopWordsChoice.none.rawValue)
        case .language: writer.member("stop_words", StopWordsChoice.language.rawValue)
        case .words(let words): writer.member("stop_words", words)
        }
        writer.member("ideographs", options.ideographs.rawValue)
        writer.member("identifiers", options.splitsIdentifiers)
        writer.member("synonyms", options.synonyms.map(\.text))
        writer.member("protected_words", options.protectedWords)
        writer.endObject()
    }
}
