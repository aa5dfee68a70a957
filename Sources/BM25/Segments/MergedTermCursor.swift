internal import IndexCore

/// Walks the terms of one field of several segments in byte order, each term once.
///
/// Unsafe inside: it owns raw memory for its streams; the segments must outlive it.
struct MergedTermCursor: ~Copyable {
    private let count: Int
    private let field: TermField
    /// By source.
    private let dictionaries: UnsafeMutablePointer<TermDictionary>
    /// Those that are not at their end, in the order of their sources.
    private let streams: UnsafeMutablePointer<TermStream>
    private var activeCount: Int
    /// By stream, the first eight bytes of its term.
    private let prefixes: UnsafeMutablePointer<UInt64>
    /// The streams at the present term, in their order.
    private let matches: UnsafeMutablePointer<Int>
    private var matchCount: Int
    private let memory: UnsafeMutablePointer<UInt8>

    /// A cursor before the first term.
    init(_ segments: [BM25Segment], _ field: TermField) {
        self.field = field
        count = segments.count
        activeCount = count
        matchCount = count
        dictionaries = .allocate(capacity: count)
        streams = .allocate(capacity: count)
        prefixes = .allocate(capacity: count)
        matches = .allocate(capacity: count + 1)
        memory = .allocate(capacity: count * TermStream.restByteCount)
        for (source, segment) in segments.enumerated() {
            (dictionaries + source).initialize(to: segment.dictionary)
            (streams + source).initialize(
                to: TermStream(
                    segment.dictionary, field, source: source, rest: memory + source * TermStream.restByteCount))
            // Whoever stands nowhere yet steps first.
            matches[source] = source
        }
    }

    deinit {
        dictionaries.deallocate()
        streams.deallocate()
        prefixes.deallocate()
        matches.deallocate()
        memory.deallocate()
    }

    /// The present term and what its sources know of it; valid until the cursor moves.
    @inline(__always)
    var term: MergedTerm { MergedTerm(streams: streams, matches: matches, count: matchCount) }

    /// Moves to the next term; false at the end.
    @inline(__always)
    mutating func next() -> Bool {
        // Swift 6.3 does not compile a mutating call through a property of a noncopyable value under the thread sanitizer.
        let streams = streams
        var place = matchCount
        // From the last on, since a stream that ends moves those after it.
        while place > 0 {
            place &-= 1
            let stream = matches[place]
            let dictionary = UnsafePointer(dictionaries + streams[stream].source)
            let isAtTerm =
                field == .surface ? streams[stream].nextWord(dictionary) : streams[stream].nextTerm(dictionary)
            if isAtTerm {
                prefixes[stream] = streams[stream].prefix
            } else {
                end(stream)
            }
        }
        return findLeast()
    }

    private mutating func end(_ stream: Int) {
        activeCount -= 1
        for place in stream..<activeCount {
            streams[place] = streams[place + 1]
            prefixes[place] = prefixes[place + 1]
        }
    }

    /// Finds the streams that stand at the least term; false if there are none.
    @inline(__always)
    private mutating func findLeast() -> Bool {
        var least = UInt64.max
        var found = 0
        var stream = 0
        // Each is written where the next match goes and counted if it is one; what is less begins anew. No branches: they
        // would be guessed wrong.
        while stream < activeCount {
            let prefix = prefixes[stream]
            found = prefix < least ? 0 : found
            matches[found] = stream
            found &+= prefix <= least ? 1 : 0
            least = min(least, prefix)
            stream &+= 1
        }
        matchCount = found
        if found > 1, !areMatchesEqual() { keepLeast() }
        return found > 0
    }

    /// Whether terms that begin alike are the same.
    @inline(__always)
    private func areMatchesEqual() -> Bool {
        let first = streams[matches[0]].key
        var place = 1
        while place < matchCount {
            guard streams[matches[place]].key == first else { return false }
            place &+= 1
        }
        return true
    }

    private mutating func keepLeast() {
        var kept = 1
        for place in 1..<matchCount {
            let stream = matches[place]
            let key = streams[stream].key
            let least = streams[matches[0]].key
            if key == least {
                matches[kept] = stream
                kept += 1
            } else if key < least {
                matches[0] = stream
                kept = 1
            }
        }
        matchCount = kept
    }
}

/// The term a ``MergedTermCursor`` is at: a plain value, cheap to hand on, valid until the cursor moves.
struct MergedTerm {
    fileprivate let streams: UnsafeMutablePointer<TermStream>
    fileprivate let matches: UnsafeMutablePointer<Int>
    /// The sources that have it.
    let count: Int

    /// Its bytes.
    @inline(__always)
    var key: TermKey { streams[matches[0]].key }

    /// The number of a source that has it, by ascending numbers.
    @inline(__always)
    func source(_ place: Int) -> Int { streams[matches[place]].source }

    /// What that source's dictionary says of it.
    @inline(__always)
    func entry(_ place: Int) -> TermEntry { streams[matches[place]].entry }
}
