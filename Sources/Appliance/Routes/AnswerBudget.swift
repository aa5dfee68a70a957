import JSON
import TenantStore

/// How much a tool puts into a model's context at once.
enum AnswerBudget {
    /// JSON bytes of a structured result: about 8,000 tokens of English.
    static let bytes = 32_000
    /// What is kept free for the warnings and the cursor that a cut adds.
    static let reserve = 1_200
    /// Scalars a snippet keeps when snippets must be cut.
    static let shortSnippet = 120
    /// JSON bytes a title keeps when an answer must be cut.
    static let shortTitle = 800
    /// Warnings of one answer; of a thousand collections each may have one.
    static let warningLimit = 20

    /// The JSON of `write`.
    static func json(_ write: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 4096)
        write(&writer)
        return writer.bytes
    }

    /// Keeps the first warnings and says how many there were more.
    static func limit(_ warnings: inout [String]) {
        guard warnings.count > warningLimit else { return }
        let more = warnings.count - warningLimit
        warnings.removeLast(more)
        warnings.append("\(more) more warnings were left out")
    }

    /// How many values of these sizes, from the first on, fit into `budget`.
    static func fitting(_ sizes: [Int], into budget: Int) -> Int {
        var left = budget
        return sizes.firstIndex { size in
            left -= size + 1
            return left < 0
        } ?? sizes.count
    }

    /// Cuts facets that would take more than half of an answer: to ten values each, and then from the end.
    static func limit(_ facets: inout [Facet], _ warnings: inout [String]) {
        func size() -> Int { facets.reduce(0) { sum, facet in sum + json(facet.write).count } }
        guard size() > bytes / 2 else { return }
        for index in facets.indices { facets[index].limit(to: 10) }
        warnings.append("facets list at most ten values, to keep the answer small; REST tells more")
        let all = facets.count
        while size() > bytes / 2 { facets.removeLast() }
        if facets.count < all {
            warnings.append("\(all - facets.count) facets were left out to keep the answer small; ask for them alone")
        }
    }

    /// A title cut to what a cut answer shows of one.
    static func short(_ title: String) -> String {
        TextPart(of: title, from: 0, budget: shortTitle).text
    }
}

extension DocumentPage {
    /// The listing as JSON within the budget: documents from the end go first, and the cursor then leads to them; of one
    /// that would not fit alone the metadata goes.
    mutating func encoded(warnings: [String]) -> [UInt8] {
        var warnings = warnings
        AnswerBudget.limit(&facets, &warnings)
        let whole = AnswerBudget.json { write(to: &$0, warnings: warnings) }
        guard whole.count > AnswerBudget.bytes, !documents.isEmpty else { return whole }
        let counts = facets.reduce(0) { sum, facet in sum + AnswerBudget.json(facet.write).count }
        let budget = AnswerBudget.bytes - AnswerBudget.reserve - counts
        let sizes = documents.map { document in AnswerBudget.json(document.write).count }
        var kept = AnswerBudget.fitting(sizes, into: budget)
        if kept == 0 {
            kept = 1
            documents[0].metadata = Array("{}".utf8)
            documents[0].title = AnswerBudget.short(documents[0].title)
            warnings.append(
                "the metadata of the first document was left out, since it alone would fill the answer; "
                    + "REST tells all of it")
        }
        if kept < documents.count {
            warnings.append(
                "\(documents.count - kept) documents were left out to keep the answer small; next_cursor leads to them")
            documents.removeLast(documents.count - kept)
            leadOn()
        }
        return AnswerBudget.json { write(to: &$0, warnings: warnings) }
    }
}

extension WriteReport {
    /// The report as JSON within the budget: ids and errors from the end go first.
    mutating func encoded() -> [UInt8] {
        let whole = AnswerBudget.json(write)
        guard whole.count > AnswerBudget.bytes else { return whole }
        let budget = AnswerBudget.bytes - AnswerBudget.reserve
        AnswerBudget.limit(&warnings)
        // What did not go in is what the caller must act on.
        let errorSizes = errors.map { 40 + JSONWriter.byteCount(of: $0.reason) }
        let keptErrors = AnswerBudget.fitting(errorSizes, into: budget * 3 / 4)
        if keptErrors < errors.count {
            warnings.append("\(errors.count - keptErrors) more errors are not told; correct these and send again")
            errors.removeLast(errors.count - keptErrors)
        }
        let used = errorSizes.prefix(keptErrors).reduce(0) { $0 + $1 + 1 }
        let keptIDs = AnswerBudget.fitting(ids.map(JSONWriter.byteCount), into: budget - used)
        if keptIDs < ids.count {
            warnings.append("\(ids.count - keptIDs) more ids are not told; list_documents tells them")
            ids.removeLast(ids.count - keptIDs)
        }
        return AnswerBudget.json(write)
    }
}
