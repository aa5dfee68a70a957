/// Turns text into term numbers, remembering the term of every word it has met.
///
/// Unsafe inside: it drives raw UTF-8.
///
/// The stemmer runs once per distinct word, not once per word of text.
struct Vocabulary: ~Copyable {
    /// The words met: what a ``Token/word`` counts.
    private(set) var words = ByteTable(minimumCapacity: 1_024)
    /// The terms they became: what a ``Token/term`` counts.
    private(set) var terms = ByteTable(minimumCapacity: 1_024)
    let options: AnalyzerOptions
    /// Of content; of titles while a title is read.
    private(set) var rules: AnalysisRules
    /// Of titles where they differ; those of content meanwhile.
    private var otherRules: AnalysisRules?
    private let word = UnsafeMutablePointer<UInt8>.allocate(capacity: WordScanner.maximumByteCount)
    private let asciiClasses = UnsafeMutablePointer<UInt8>.allocate(capacity: 128)

    init(_ options: AnalyzerOptions) {
        self.options = options
        rules = AnalysisRules(options, .content)
        otherRules = options.titlesDiffer ? AnalysisRules(options, .title) : nil
        for byte in UInt8(0)..<128 {
            asciiClasses[Int(byte)] = ScalarClass(Unicode.Scalar(byte)).rawValue
        }
        if !options.synonyms.isEmpty {
            rules.synonyms = makeSynonyms(.content)
            if options.titlesDiffer {
                let synonyms = makeSynonyms(.title)
                otherRules?.synonyms = synonyms
            }
        }
    }

    deinit {
        word.deallocate()
        asciiClasses.deallocate()
    }

    /// Memory held by what was remembered, in bytes.
    var byteCount: Int {
        words.byteCount + terms.byteCount + (rules.outcomes.count + rules.foldedWords.count) * 4
            + (otherRules.map { $0.outcomes.count + $0.foldedWords.count } ?? 0) * 4
    }

    /// Calls `body` with each token of a text that is a value of `field`, by ascending positions, until it returns
    /// false.
    ///
    /// - Parameters:
    ///   - position: That of the text's first word.
    ///   - asQuery: Whether the text asks; synonyms stand in what is asked about alone.
    /// - Returns: The position after the text: that of a word that would follow it.
    @inline(__always)
    @discardableResult
    mutating func forEachToken(
        _ text: UnsafeBufferPointer<UInt8>, of field: TextField, from position: Int = 0, asQuery: Bool = false,
        _ body: (Token) -> Bool
    ) -> Int {
        exchangeRules(for: field)
        defer { exchangeRules(for: field) }
        guard !options.looksAround(asQuery: asQuery) else {
            return forEachTokenInContext(text, from: position, asQuery: asQuery, body)
        }
        var position = position
        var scanner = scanner(text)
        while scanner.next(&rules.scalars) {
            let word = wordNumber(byteCount: scanner.byteCount)
            if let token = token(word, position, scanner.range) {
                guard body(token) else { break }
            }
            position += 1
        }
        return position
    }

    /// Calls `body` with each word's byte range until it returns false, and with its term if the word begins as one of
    /// `beginnings`: for those who look for a few terms in a text, most words are not worth stemming.
    ///
    /// For options that keep beginnings.
    @inline(__always)
    mutating func forEachWord(
        _ text: UnsafeBufferPointer<UInt8>, stemming beginnings: WordBeginnings,
        _ body: (_ term: Int?, _ range: Range<Int>) -> Bool
    ) {
        var scanner = scanner(text)
        while scanner.next(&rules.scalars) {
            let second = scanner.byteCount > 1 ? word[1] : 0
            var term: Int?
            if beginnings.contains(word[0], second) {
                term = token(wordNumber(byteCount: scanner.byteCount), 0, scanner.range)?.term
            }
            guard body(term, scanner.range) else { return }
        }
    }

    /// The number of a term given by its final bytes (already analysed).
    mutating func number(ofTerm bytes: UnsafeBufferPointer<UInt8>) -> Int {
        terms.insert(bytes, hash: TermHash.hash(bytes)).ordinal
    }

    /// A scanner that leaves its words where ``scannedWord(_:)`` finds them.
    @inline(__always)
    func scanner(_ text: UnsafeBufferPointer<UInt8>) -> WordScanner {
        WordScanner(text, word: word, asciiClasses: asciiClasses)
    }

    /// Moves a scanner to its next word.
    mutating func next(_ scanner: inout WordScanner) -> Bool { scanner.next(&rules.scalars) }

    /// The bytes of the word scanned last.
    func scannedWord(_ scanner: WordScanner) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: UnsafePointer(word), count: scanner.byteCount)
    }

    /// The token of a word, nil for a stop word.
    @inline(__always)
    func token(_ word: Int, _ position: Int, _ range: Range<Int>) -> Token? {
        let term = rules.outcomes[word]
        guard term != AnalysisRules.stopped else { return nil }
        let folded = rules.foldedWords.isEmpty ? word : Int(rules.foldedWords[word])
        return Token(term: Int(term), word: folded, position: position, range: range)
    }

    /// The number of the word scanned last, which has an outcome from now on.
    @inline(__always)
    mutating func wordNumber(byteCount: Int) -> Int {
        number(of: UnsafeBufferPointer(start: UnsafePointer(word), count: byteCount), isWhole: false)
    }

    /// The number of a word, which has an outcome from now on.
    /// - Parameter isWhole: Whether it is indexed as it stands, unstemmed: a pair of ideographs, a path.
    @inline(__always)
    mutating func number(of bytes: UnsafeBufferPointer<UInt8>, isWhole: Bool) -> Int {
        let ordinal = words.insert(bytes, hash: TermHash.hash(bytes)).ordinal
        if ordinal >= rules.outcomes.count || rules.outcomes[ordinal] == AnalysisRules.unknown {
            learn(bytes, ordinal, isWhole: isWhole)
        }
        return ordinal
    }

    @inline(never)
    private mutating func learn(_ bytes: UnsafeBufferPointer<UInt8>, _ ordinal: Int, isWhole: Bool) {
        while rules.outcomes.count <= ordinal { rules.outcomes.append(AnalysisRules.unknown) }
        guard rules.readsWords else {
            let stem = isWhole ? bytes : rules.stemmer.stem(bytes)
            rules.outcomes[ordinal] = UInt32(terms.insert(stem, hash: TermHash.hash(stem)).ordinal)
            return
        }
        var word = String(decoding: bytes, as: UTF8.self)
        if rules.readsAccents {
            word = rules.withoutElision(LetterFolding.compose(word))
        }
        var folded = rules.readsAccents ? LetterFolding.fold(word) : word
        if rules.readsAccents {
            let number = folded.withUTF8 { words.insert($0, hash: TermHash.hash($0)).ordinal }
            while rules.foldedWords.count <= max(ordinal, number) { rules.foldedWords.append(0) }
            rules.foldedWords[ordinal] = UInt32(number)
        }
        guard !rules.stopWords.contains(folded) else {
            rules.outcomes[ordinal] = AnalysisRules.stopped
            return
        }
        var term = isWhole || rules.protectedWords.contains(folded) ? folded : rules.stem(word)
        rules.outcomes[ordinal] = UInt32(term.withUTF8 { terms.insert($0, hash: TermHash.hash($0)).ordinal })
    }

    /// Puts a title's own rules in place, or back.
    @inline(__always)
    private mutating func exchangeRules(for field: TextField) {
        if field == .title, let other = otherRules.take() {
            otherRules = rules
            rules = other
        }
    }

    private mutating func makeSynonyms(_ field: TextField) -> SynonymTable {
        var table = SynonymTable()
        for rule in options.synonyms.prefix(AnalyzerOptions.maximumSynonymCount) {
            let asked = rule.asked.map { phrase($0, field) }
            let found = rule.asked == rule.found ? asked : rule.found.map { phrase($0, field) }
            for phrase in found {
                for addition in asked where addition != phrase { table.add(addition, where: phrase) }
            }
        }
        return table
    }

    /// The tokens of a synonym.
    mutating func phrase(_ text: String, _ field: TextField) -> SynonymTable.Phrase {
        var tokens: SynonymTable.Phrase = []
        var text = text
        text.withUTF8 { bytes in
            _ = forEachToken(bytes, of: field, asQuery: true) { token in
                // An identifier's parts share its position; the first token is all of it.
                if tokens.last?.position != token.position {
                    tokens.append(SynonymTable.Word(term: token.term, word: token.word, position: token.position))
                }
                return true
            }
        }
        return tokens
    }
}
