/// Turns text into term numbers, remembering the term of every word it has met.
///
/// Unsafe inside: it drives raw UTF-8.
///
/// The stemmer runs once per distinct word, not once per word of text.
struct Vocabulary: ~Copyable {
    /// The words met, folded: what a ``Token/word`` counts.
    private(set) var words = ByteTable(minimumCapacity: 1_024)
    private var termOfWord: [UInt32] = []
    /// The terms they became: what a ``Token/term`` counts.
    private(set) var terms = ByteTable(minimumCapacity: 1_024)
    private let stemmer: SnowballStemmer
    private var scalars = ScalarTable()
    private let word = UnsafeMutablePointer<UInt8>.allocate(capacity: WordScanner.maximumByteCount)
    private let asciiClasses = UnsafeMutablePointer<UInt8>.allocate(capacity: 128)

    init(_ options: AnalyzerOptions) {
        stemmer = SnowballStemmer(options.stemmer)
        for byte in UInt8(0)..<128 {
            asciiClasses[Int(byte)] = ScalarClass(Unicode.Scalar(byte)).rawValue
        }
    }

    deinit {
        word.deallocate()
        asciiClasses.deallocate()
    }

    /// Memory held by what was remembered, in bytes.
    var byteCount: Int { words.byteCount + terms.byteCount + termOfWord.count * 4 }

    /// Calls `body` with each token of a text that is a value of `field`, in order, until it returns false.
    ///
    /// - Parameter position: That of the text's first word.
    /// - Returns: The position after the text: that of a word that would follow it.
    @inline(__always)
    @discardableResult
    mutating func forEachToken(
        _ text: UnsafeBufferPointer<UInt8>, of field: TextField, from position: Int = 0, _ body: (Token) -> Bool
    ) -> Int {
        var position = position
        var scanner = WordScanner(text, word: word, asciiClasses: asciiClasses)
        while scanner.next(&scalars) {
            let word = wordNumber(byteCount: scanner.byteCount)
            let token = Token(
                term: Int(termOfWord[word]), word: word, position: position, range: scanner.range)
            position += 1
            guard body(token) else { break }
        }
        return position
    }

    /// Calls `body` with each word's term and byte range until it returns false.
    @inline(__always)
    mutating func forEachTerm(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (_ term: Int, _ range: Range<Int>) -> Bool
    ) {
        var scanner = WordScanner(text, word: word, asciiClasses: asciiClasses)
        while scanner.next(&scalars) {
            guard body(term(byteCount: scanner.byteCount), scanner.range) else { return }
        }
    }

    /// Calls `body` with each word's byte range until it returns false, and with its term if the word begins as one of
    /// `beginnings`: for those who look for a few terms in a text, most words are not worth stemming.
    @inline(__always)
    mutating func forEachWord(
        _ text: UnsafeBufferPointer<UInt8>, stemming beginnings: WordBeginnings,
        _ body: (_ term: Int?, _ range: Range<Int>) -> Bool
    ) {
        var scanner = WordScanner(text, word: word, asciiClasses: asciiClasses)
        while scanner.next(&scalars) {
            let second = scanner.byteCount > 1 ? word[1] : 0
            let term = beginnings.contains(word[0], second) ? term(byteCount: scanner.byteCount) : nil
            guard body(term, scanner.range) else { return }
        }
    }

    /// Appends the terms of a text, in order; returns nothing else, as builders need no positions.
    mutating func appendTerms(of text: UnsafeBufferPointer<UInt8>, to ids: inout [UInt32]) {
        forEachTerm(text) { term, _ in
            ids.append(UInt32(term))
            return true
        }
    }

    /// The number of a term given by its final bytes (already analysed).
    mutating func number(ofTerm bytes: UnsafeBufferPointer<UInt8>) -> Int {
        terms.insert(bytes, hash: TermHash.hash(bytes)).ordinal
    }

    @inline(__always)
    private mutating func term(byteCount: Int) -> Int {
        Int(termOfWord[wordNumber(byteCount: byteCount)])
    }

    /// The number of the scanner's word, whose term is known from now on.
    @inline(__always)
    private mutating func wordNumber(byteCount: Int) -> Int {
        let bytes = UnsafeBufferPointer(start: UnsafePointer(word), count: byteCount)
        let (ordinal, isNew) = words.insert(bytes, hash: TermHash.hash(bytes))
        if isNew {
            let stem = stemmer.stem(bytes)
            termOfWord.append(UInt32(terms.insert(stem, hash: TermHash.hash(stem)).ordinal))
        }
        return ordinal
    }
}
