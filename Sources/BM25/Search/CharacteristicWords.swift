public import IndexCore

extension BM25Snapshot {
    /// Words looked at of one text; a passage that is a whole book says by then what it is about.
    private static var wordsOfOneText: Int { 20_000 }

    /// Words that tell a document from the others and that others hold too, the best first: a query for what is like it.
    ///
    /// A term's worth is its frequency in the document, saturated as BM25 does it, times its idf. A term that no passage
    /// but the document's own holds can find nothing and is left out. Each is given as it stands in the text, so that
    /// analysing it again gives the term.
    /// - Parameters:
    ///   - passages: The document's texts; the first 1,024 distinct terms of them are looked at.
    ///   - titles: For each passage, the title it is indexed under.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    public func characteristicWords(
        of passages: [String], titles: [String], limit: Int, deadline: SearchDeadline = .none
    ) throws(BM25Error) -> [String] {
        var terms: [String] = []
        var counts: [String: TermCount] = [:]
        for (passage, title) in zip(passages, titles) {
            guard terms.count < BM25Query.maximumTermCount else { break }
            let lease = AnalyzerLease(parameters.analyzer)
            let analyzer = lease.analyzer
            var inPassage: Set<String> = []
            for (field, text) in [(TextField.title, title), (.content, passage)] {
                var text = text
                text.withUTF8 { bytes in
                    var words: [(number: Int, range: Range<Int>)] = []
                    analyzer.vocabulary.forEachToken(bytes, of: field, asQuery: true) { token in
                        words.append((token.term, token.range))
                        return words.count < Self.wordsOfOneText
                    }
                    // The vocabulary's texts may be read only now: it grows while it scans.
                    for (number, range) in words {
                        let term = String(decoding: analyzer.vocabulary.terms.bytes(number), as: UTF8.self)
                        if counts[term] == nil {
                            guard terms.count < BM25Query.maximumTermCount else { break }
                            terms.append(term)
                            counts[term] = TermCount(
                                word: String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self))
                        }
                        let isNew = inPassage.insert(term).inserted
                        counts[term]?.add(isNewInPassage: isNew)
                    }
                }
            }
        }
        let query = BM25Query(terms: terms)
        let search = try BM25Search(self, QueryPlan(query), deadline: deadline)
        var words: [(word: String, worth: Double, place: Int)] = []
        for (place, (term, frequency)) in zip(terms, search.documentFrequencies).enumerated() {
            guard let count = counts[term], frequency > count.passages else { continue }
            let saturated = Double(count.total) / (Double(count.total) + parameters.k1)
            words.append((count.word, saturated * Double(search.inverseDocumentFrequencies[place]), place))
        }
        words.sort { $0.worth != $1.worth ? $0.worth > $1.worth : $0.place < $1.place }
        return words.prefix(max(0, limit)).map(\.word)
    }
}

/// How often a document holds a term.
private struct TermCount {
    /// The first word that gave it.
    let word: String
    var total = 0
    var passages = 0

    init(word: String) {
        self.word = word
    }

    mutating func add(isNewInPassage: Bool) {
        total += 1
        passages += isNewInPassage ? 1 : 0
    }
}
