import JSON

extension SearchResponse {
    /// The answer as JSON within the budget of a tool: snippets are cut first, then receipts, then hits from the end, which the cursor
    /// then leads to, and of a hit that would not fit alone its text and its metadata.
    mutating func encoded() -> [UInt8] {
        AnswerBudget.limit(&facets, &warnings)
        AnswerBudget.limit(&warnings)
        var whole = AnswerBudget.json(write)
        guard whole.count > AnswerBudget.bytes, !hits.isEmpty else { return whole }
        var shortened = 0
        for index in hits.indices where hits[index].shorten(to: AnswerBudget.shortSnippet) { shortened += 1 }
        if shortened > 0 {
            warnings.append("\(shortened) snippets were shortened to keep the answer small")
            whole = AnswerBudget.json(write)
            guard whole.count > AnswerBudget.bytes else { return whole }
        }
        if dropReceipts(whole.count + AnswerBudget.reserve - AnswerBudget.bytes) {
            whole = AnswerBudget.json(write)
            guard whole.count > AnswerBudget.bytes else { return whole }
        }
        let sizes = hits.map { hit in AnswerBudget.json { hit.write(tenant: tenant, to: &$0) }.count }
        let envelope = whole.count - sizes.reduce(0) { $0 + $1 + 1 }
        let budget = AnswerBudget.bytes - AnswerBudget.reserve - max(0, envelope)
        var kept = AnswerBudget.fitting(sizes, into: budget)
        if kept == 0 {
            kept = 1
            let said = hits[0].fitAlone(budget) { [tenant] hit in
                AnswerBudget.json { hit.write(tenant: tenant, to: &$0) }.count
            }
            warnings.append("of the first hit \(said) to keep the answer small; get_passages reads on")
        }
        if kept < hits.count { drop(hits.count - kept) }
        return AnswerBudget.json(write)
    }

    /// Takes receipts away from the end until so many bytes are free, or none is left; whether there was any.
    private mutating func dropReceipts(_ excess: Int) -> Bool {
        var excess = excess
        var dropped = 0
        for index in hits.indices.reversed() where excess > 0 {
            guard let receipt = hits[index].receipt else { continue }
            hits[index].receipt = nil
            excess -= receipt.count
            dropped += 1
        }
        guard dropped > 0 else { return false }
        warnings.append(
            "\(dropped) receipts were left out to keep the answer small; explain_hit with receipts gives one, and a smaller "
                + "limit leaves room for more")
        return true
    }

    private mutating func drop(_ dropped: Int) {
        hits.removeLast(dropped)
        nextCursor = pager?.cursor(after: hits.count)
        warnings.append("\(dropped) hits were left out to keep the answer small; next_cursor leads to them")
    }
}

extension SearchHit {
    /// Takes away what makes a hit too large for an answer of its own; says what that was.
    fileprivate mutating func fitAlone(_ budget: Int, size: (SearchHit) -> Int) -> String {
        var taken: [String] = []
        if let whole = text {
            text = ""
            let room = budget - size(self)
            // Metadata that leaves no room for text gives way below.
            text = TextPart(of: whole, from: 0, budget: max(room, budget / 2)).text
            taken.append("the text was cut")
        }
        if size(self) > budget {
            metadata = metadata.map { _ in Array("{}".utf8) }
            title = AnswerBudget.short(title)
            taken.append("the metadata was left out")
        }
        return taken.joined(separator: " and ")
    }

    /// Cuts a longer snippet at a space before `length` scalars; highlights behind the cut go.
    fileprivate mutating func shorten(to length: Int) -> Bool {
        guard let snippet, snippet.unicodeScalars.count > length else { return false }
        let scalars = Array(snippet.unicodeScalars.prefix(length))
        let end = scalars.lastIndex(of: " ").map { $0 > length / 2 ? $0 : length } ?? length
        var shorter = String.UnicodeScalarView()
        shorter.append(contentsOf: scalars[..<end])
        self.snippet = String(shorter)
        highlights.removeAll { $0.upperBound > snippetStart + end }
        return true
    }
}
