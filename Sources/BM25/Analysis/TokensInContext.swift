/// A word with the tokens that stand at its position: the parts of an identifier.
struct ContextWord {
    let token: Token
    var parts: [Token] = []
}

extension Vocabulary {
    /// ``forEachToken(_:of:from:asQuery:_:)`` where tokens depend on what stands beside a word.
    ///
    /// Words become pairs of ideographs or identifiers (``WordJoiner``), then synonyms are added. Memory: some
    /// thousand tokens, however long the text.
    @inline(never)
    mutating func forEachTokenInContext(
        _ text: UnsafeBufferPointer<UInt8>, from position: Int, asQuery: Bool, _ body: (Token) -> Bool
    ) -> Int {
        var joiner = WordJoiner(options, text: text, position: position)
        var queue = SynonymQueue(lookahead: asQuery ? 0 : rules.synonyms.longest)
        var scanner = scanner(text)
        while next(&scanner) {
            joiner.append(scanner, &self)
            if joiner.words.count >= SynonymQueue.blockSize {
                queue.append(joiner.takeWords(), rules.synonyms, isLast: false)
                guard queue.drain(body) else { return joiner.position }
            }
        }
        joiner.finish(&self)
        queue.append(joiner.takeWords(), rules.synonyms, isLast: true)
        _ = queue.drain(body)
        return joiner.position
    }
}

/// Adds synonyms to words and gives tokens by ascending position.
private struct SynonymQueue {
    static let blockSize = 1_024

    /// Positions a synonym's phrase may cover; 0 for no synonyms.
    let lookahead: Int
    private var words: [ContextWord] = []
    private var tokens: [Token] = []

    init(lookahead: Int) {
        self.lookahead = lookahead
    }

    mutating func append(_ more: [ContextWord], _ synonyms: SynonymTable, isLast: Bool) {
        words += more
        let count = isLast ? words.count : max(0, words.count - lookahead)
        for index in 0..<count {
            insert(words[index].token)
            for part in words[index].parts { insert(part) }
            if lookahead > 0 {
                synonyms.forEachAddition(in: words, at: index) { insertOnce($0) }
            }
        }
        words.removeFirst(count)
    }

    /// Gives what no later word can come before.
    mutating func drain(_ body: (Token) -> Bool) -> Bool {
        let limit = words.first?.token.position ?? .max
        var given = 0
        defer { tokens.removeFirst(given) }
        while given < tokens.count, tokens[given].position < limit {
            given += 1
            guard body(tokens[given - 1]) else { return false }
        }
        return true
    }

    /// Behind the tokens of its position; synonyms of several words reach over those that follow.
    private mutating func insert(_ token: Token) {
        var place = tokens.count
        while place > 0, tokens[place - 1].position > token.position { place -= 1 }
        tokens.insert(token, at: place)
    }

    /// A term stands at a position once, however many rules put it there.
    private mutating func insertOnce(_ token: Token) {
        var place = tokens.count
        while place > 0, tokens[place - 1].position >= token.position {
            place -= 1
            if tokens[place].position == token.position, tokens[place].term == token.term { return }
        }
        insert(token)
    }
}
