extension AnalyzerOptions {
    /// Counts the changes of the analyzer itself that gave the same options other terms.
    private static let version: UInt64 = 1

    /// Eight bytes that are the same for options under which every text has the same tokens: in every process, on every
    /// machine, in every release that analyses alike.
    public var fingerprint: UInt64 {
        var hash = StableHash()
        hash.add(Self.version)
        hash.add(stemmer.rawValue)
        hash.add(stemmer(of: .title).rawValue)
        switch stopWords {
        case .none: hash.add(0)
        case .language: hash.add(1)
        case .words(let words):
            hash.add(2)
            hash.add(words)
        }
        hash.add(ideographs.rawValue)
        hash.add(splitsIdentifiers ? 1 : 0)
        hash.add(UInt64(synonyms.count))
        for rule in synonyms {
            hash.add(rule.asked)
            hash.add(rule.found)
        }
        hash.add(protectedWords)
        return hash.value
    }
}

extension BM25Parameters {
    /// Eight bytes that are the same for parameters under which an index has the same postings: analysis, the weight
    /// of titles, and whether words are kept beside their stems.
    ///
    /// `k1` and `b` act when scores are computed, and change no index.
    public var fingerprint: UInt64 {
        var hash = StableHash()
        hash.add(analyzer.fingerprint)
        hash.add(UInt64(titleWeight))
        hash.add(surfaceWords ? 1 : 0)
        return hash.value
    }
}

/// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): the same in every process, unlike `Hasher`.
private struct StableHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    private mutating func add(byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    mutating func add(_ number: UInt64) {
        for shift in stride(from: UInt64(0), to: 64, by: 8) {
            add(byte: UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    mutating func add(_ text: String) {
        add(UInt64(text.utf8.count))
        for byte in text.utf8 { add(byte: byte) }
    }

    mutating func add(_ texts: [String]) {
        add(UInt64(texts.count))
        for text in texts { add(text) }
    }
}
