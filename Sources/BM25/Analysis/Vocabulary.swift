internal import CKernels

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
    private let word = UnsafeMutablePointer<UInt8>.allocate(capacity: WordScanner.room)
    /// Words scanned and not looked up yet.
    private var scanned = ScannedWords()
    private let classes = UnsafeMutablePointer<UInt8>.allocate(capacity: 128)
    /// ``ScalarClass`` of each ASCII byte.
    var asciiClasses: UnsafePointer<UInt8> { UnsafePointer(classes) }

    init(_ options: AnalyzerOptions) {
        self.options = options
        rules = AnalysisRules(options, .content)
        otherRules = options.titlesDiffer ? AnalysisRules(options, .title) : nil
        for byte in UInt8(0)..<128 {
            classes[Int(byte)] = ScalarClass(Unicode.Scalar(byte)).rawValue
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
        classes.deallocate()
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
        let end =
            options.looksAround(asQuery: asQuery)
            ? forEachTokenInContext(text, from: position, asQuery: asQuery, body)
            : forEachTokenAlone(text, from: position, body)
        exchangeRules(for: field)
        return end
    }

    /// Words are scanned some dozens ahead of being looked up, so that memory is asked for before it is needed.
    @inline(__always)
    private mutating func forEachTokenAlone(
        _ text: UnsafeBufferPointer<UInt8>, from position: Int, _ body: (Token) -> Bool
    ) -> Int {
        var position = position
        var scanner = scanner(text)
        var isAtEnd = false
        while !isAtEnd {
            scanned.removeAll()
            while scanned.hasRoom {
                scanner.word = scanned.room
                if let plain = scanner.nextPlain() {
                    words.prefetch(scanned.append(plain.byteCount, plain.range))
                    continue
                }
                guard scanner.next(&rules.scalars) else {
                    isAtEnd = true
                    break
                }
                words.prefetch(scanned.append(scanner.byteCount, scanner.range))
            }
            findCandidates()
            for place in 0..<scanned.count {
                let found = scanned[place]
                let word = words.insert(found.key, candidate: found.candidate)
                let outcome = outcome(of: word, found.key, isWhole: false)
                if outcome != AnalysisRules.stopped {
                    guard body(token(word, outcome, position, found.range)) else { return position }
                }
                position += 1
            }
        }
        return position
    }

    /// Looks at the slots of the scanned words, which were asked for, and asks for what they lead to: several words' memory is on
    /// its way at a time.
    @inline(__always)
    private func findCandidates() {
        rules.outcomes.withUnsafeBufferPointer { outcomes in
            for place in 0..<scanned.count {
                let candidate = words.candidate(scanned[place].key)
                scanned.set(candidate, at: place)
                guard candidate >= 0 else { continue }
                if let outcomes = outcomes.baseAddress { ck_prefetch(outcomes + candidate) }
                if scanned[place].key.bytes.count > 8 { words.prefetchStart(candidate) }
            }
        }
        for place in 0..<scanned.count where scanned[place].key.bytes.count > 8 && scanned[place].candidate >= 0 {
            words.prefetchBytes(scanned[place].candidate)
        }
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
                let outcome = lookUp(ByteKey(padded: scannedWord(scanner)), isWhole: false).outcome
                term = outcome == AnalysisRules.stopped ? nil : Int(outcome)
            }
            guard body(term, scanner.range) else { return }
        }
    }

    /// The number of a term given by its final bytes (already analysed).
    mutating func number(ofTerm bytes: UnsafeBufferPointer<UInt8>) -> Int {
        terms.insert(ByteKey(bytes))
    }

    /// A scanner that leaves its words where ``scannedWord(_:)`` finds them.
    @inline(__always)
    func scanner(_ text: UnsafeBufferPointer<UInt8>) -> WordScanner {
        WordScanner(text, word: word, asciiClasses: asciiClasses)
    }

    /// Moves a scanner to its next word.
    mutating func next(_ scanner: inout WordScanner) -> Bool { scanner.next(&rules.scalars) }

    /// The bytes of the word scanned last.
    @inline(__always)
    func scannedWord(_ scanner: WordScanner) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: UnsafePointer(word), count: scanner.byteCount)
    }

    /// The token of a word, nil for a stop word.
    func token(_ word: Int, _ position: Int, _ range: Range<Int>) -> Token? {
        let outcome = rules.outcomes[word]
        return outcome == AnalysisRules.stopped ? nil : token(word, outcome, position, range)
    }

    @inline(__always)
    private func token(_ word: Int, _ outcome: UInt32, _ position: Int, _ range: Range<Int>) -> Token {
        let folded = rules.foldedWords.isEmpty ? word : Int(rules.foldedWords[word])
        return Token(term: Int(outcome), word: folded, position: position, range: range)
    }

    /// The number of the word scanned last, which has an outcome from now on.
    mutating func number(of scanner: WordScanner) -> Int {
        lookUp(ByteKey(padded: scannedWord(scanner)), isWhole: false).word
    }

    /// The number of a word that is indexed as it stands, unstemmed: a pair of ideographs, a path.
    mutating func number(ofWhole bytes: UnsafeBufferPointer<UInt8>) -> Int {
        lookUp(ByteKey(bytes), isWhole: true).word
    }

    /// The number of a word and what becomes of it.
    @inline(__always)
    private mutating func lookUp(
        _ key: ByteKey, isWhole: Bool
    ) -> (word: Int, outcome: UInt32) {
        let ordinal = words.insert(key)
        return (ordinal, outcome(of: ordinal, key, isWhole: isWhole))
    }

    @inline(__always)
    private mutating func outcome(of ordinal: Int, _ key: ByteKey, isWhole: Bool) -> UInt32 {
        if ordinal < rules.outcomes.count {
            let outcome = rules.outcomes[ordinal]
            if outcome != AnalysisRules.unknown { return outcome }
        }
        return learn(key.bytes, ordinal, isWhole: isWhole)
    }

    @inline(never)
    private mutating func learn(_ bytes: UnsafeBufferPointer<UInt8>, _ ordinal: Int, isWhole: Bool) -> UInt32 {
        while rules.outcomes.count <= ordinal { rules.outcomes.append(AnalysisRules.unknown) }
        let outcome =
            rules.readsWords ? outcome(of: bytes, ordinal, isWhole: isWhole) : term(of: bytes, isWhole: isWhole)
        rules.outcomes[ordinal] = outcome
        return outcome
    }

    private mutating func term(of bytes: UnsafeBufferPointer<UInt8>, isWhole: Bool) -> UInt32 {
        let stem = isWhole ? bytes : rules.stemmer.stem(bytes)
        return UInt32(terms.insert(ByteKey(stem)))
    }

    /// Where lists of words have a say, or the stemmer reads accents.
    private mutating func outcome(of bytes: UnsafeBufferPointer<UInt8>, _ ordinal: Int, isWhole: Bool) -> UInt32 {
        var word = String(decoding: bytes, as: UTF8.self)
        var folded = word
        if rules.readsAccents {
            word = rules.withoutElision(LetterFolding.compose(word))
            folded = LetterFolding.fold(word)
            let number = folded.withUTF8 { words.insert(ByteKey($0)) }
            while rules.foldedWords.count <= ordinal { rules.foldedWords.append(0) }
            rules.foldedWords[ordinal] = UInt32(number)
        }
        if rules.stopWords.contains(folded) { return AnalysisRules.stopped }
        var term = isWhole || rules.protectedWords.contains(folded) ? folded : rules.stem(word)
        return UInt32(term.withUTF8 { terms.insert(ByteKey($0)) })
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
