/// One token of a text, as the index has it.
public struct AnalyzedToken: Sendable, Hashable {
    /// What is indexed and compared.
    public var term: String
    /// The word before stemming, folded: what completion and typo tolerance look at.
    public var word: String
    /// Counted in words from 0.
    ///
    /// Parts of an identifier and synonyms stand at their word's position; a stop word leaves a hole.
    public var position: Int
    /// Where it was read from, in Unicode scalars of the text.
    public var range: Range<Int>
}

extension AnalyzerOptions {
    /// The first `limit` tokens of a text.
    ///
    /// - Parameters:
    ///   - field: Which part of a document the text is.
    ///   - asQuery: Whether the text asks: synonyms are added to what is indexed alone.
    public func tokens(
        of text: String, field: TextField = .content, asQuery: Bool = false, limit: Int = .max
    ) -> [AnalyzedToken] {
        guard limit > 0 else { return [] }
        let lease = AnalyzerLease(self)
        let analyzer = lease.analyzer
        var text = text
        return text.withUTF8 { bytes in
            var found: [Token] = []
            analyzer.vocabulary.forEachToken(bytes, of: field, asQuery: asQuery) { token in
                found.append(token)
                return found.count < limit
            }
            let scalars = TextScalars(bytes)
            // Tokens of one position may begin before one another; positions are counted on from the last word's start.
            var known = (offset: 0, position: 0)
            return found.map { token in
                if token.range.lowerBound < known.offset { known = (0, 0) }
                known = (token.range.lowerBound, scalars.position(of: token.range.lowerBound, after: known))
                let end = scalars.position(of: token.range.upperBound, after: known)
                return AnalyzedToken(
                    term: String(decoding: analyzer.vocabulary.terms.bytes(token.term), as: UTF8.self),
                    word: String(decoding: analyzer.vocabulary.words.bytes(token.word), as: UTF8.self),
                    position: token.position, range: known.position..<end)
            }
        }
    }

    /// The first rule of ``synonyms`` that these options can make nothing of.
    public func synonymProblem() -> (index: Int, problem: SynonymRule.Problem)? {
        let lease = AnalyzerLease(self)
        for (index, rule) in synonyms.enumerated() {
            for member in rule.asked + rule.found {
                let count = lease.analyzer.vocabulary.phrase(member, .content).count
                if count == 0 { return (index, .noWord(member)) }
                if count > SynonymRule.maximumWordCount { return (index, .tooManyWords(member)) }
            }
        }
        return nil
    }
}
