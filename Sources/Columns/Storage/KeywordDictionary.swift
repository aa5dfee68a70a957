/// The distinct keywords of one column in byte order; the place of each is its ordinal.
struct KeywordDictionary: Sendable {
    private var bytes: [UInt8] = []
    /// Where each keyword ends.
    private var ends: [Int] = []

    var count: Int { ends.count }
    var byteCount: Int { bytes.count + 8 * ends.count }

    init() {}

    /// - Parameter keywords: Distinct, ascending.
    init(_ keywords: [Keyword]) {
        ends.reserveCapacity(keywords.count)
        for keyword in keywords { append(keyword.bytes[...]) }
    }

    private mutating func append(_ keyword: ArraySlice<UInt8>) {
        bytes += keyword
        ends.append(bytes.count)
    }

    private func slice(_ ordinal: Int) -> ArraySlice<UInt8> {
        bytes[(ordinal == 0 ? 0 : ends[ordinal - 1])..<ends[ordinal]]
    }

    subscript(ordinal: Int) -> Keyword { Keyword(bytes: Array(slice(ordinal))) }

    /// Whether the keyword of `ordinal` stands before that of `otherOrdinal` in `other`.
    func precedes(_ ordinal: Int, _ other: KeywordDictionary, _ otherOrdinal: Int) -> Bool {
        slice(ordinal).lexicographicallyPrecedes(other.slice(otherOrdinal))
    }

    /// The number of keywords before `keyword`.
    func lowerBound(_ keyword: Keyword) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if slice(middle).lexicographicallyPrecedes(keyword.bytes) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func ordinal(of keyword: Keyword) -> Int? {
        let place = lowerBound(keyword)
        return place < count && slice(place).elementsEqual(keyword.bytes) ? place : nil
    }

    /// Joins dictionaries, keeping what is used.
    /// - Returns: The dictionary, and for each part the new ordinal of each old one; what was not used has 0.
    static func merge(_ parts: [(dictionary: KeywordDictionary, used: [Bool])]) -> (KeywordDictionary, [[UInt32]]) {
        var merged = KeywordDictionary()
        var maps = parts.map { [UInt32](repeating: 0, count: $0.dictionary.count) }
        var places = parts.map { $0.used.firstIndex(of: true) ?? $0.used.count }
        while true {
            var least: Int?
            for (part, place) in places.enumerated() where place < parts[part].used.count {
                guard let best = least else {
                    least = part
                    continue
                }
                if parts[part].dictionary.precedes(place, parts[best].dictionary, places[best]) { least = part }
            }
            guard let least else { return (merged, maps) }
            let next = parts[least].dictionary.slice(places[least])
            if merged.count == 0 || !merged.slice(merged.count - 1).elementsEqual(next) { merged.append(next) }
            maps[least][places[least]] = UInt32(merged.count - 1)
            repeat {
                places[least] += 1
            } while places[least] < parts[least].used.count
                && !parts[least].used[places[least]]
        }
    }
}
