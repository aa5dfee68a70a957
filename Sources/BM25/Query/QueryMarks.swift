/// What an expression looks for by itself and what it looks for side by side, as texts are marked.
struct QueryMarks {
    /// Terms that are looked for by themselves.
    private(set) var words: Set<String> = []
    /// Each phrase once, in order.
    private(set) var phrases: [Highlighter.Phrase] = []

    /// Adds what an expression looks for; what it excludes is not looked for.
    mutating func add(_ expression: BM25Expression) {
        switch expression {
        case .term(let term): words.insert(term.text)
        case .synonym(let terms): words.formUnion(terms.map(\.term.text))
        case .phrase(_, let terms, let slop): add(terms, slop: slop)
        case .boolean(let must, let should, _, _): for child in must + should { add(child) }
        case .boost(let inner, _): add(inner)
        case .everything, .nothing: break
        }
    }

    /// Terms that share a place are alternatives.
    private mutating func add(_ terms: [PhraseTerm], slop: Int) {
        var steps: [Highlighter.Phrase.Step] = []
        for term in terms {
            let position = Int(term.position)
            if steps.last?.position == position {
                steps[steps.count - 1].terms.append(term.text)
            } else {
                steps.append(Highlighter.Phrase.Step(terms: [term.text], position: position))
            }
        }
        let phrase = Highlighter.Phrase(steps: steps, slop: slop)
        if !phrases.contains(phrase) { phrases.append(phrase) }
    }
}
