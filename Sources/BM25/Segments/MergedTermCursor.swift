internal import IndexCore

/// Walks the terms of one field of several segments in byte order, each term once.
///
/// Unsafe inside: it owns raw memory for its streams; the segments must outlive it.
struct MergedTermCursor: ~Copyable {
    private let count: Int
    private let streams: UnsafeMutablePointer<TermStream>
    /// By source, the first eight bytes of the term its stream is at.
    private let prefixes: UnsafeMutablePointer<UInt64>
    /// Sources whose streams are at a term.
    private var active = RawArray<Int>(capacity: 16)
    /// Those of them that are at the present one, in their order.
    private(set) var matches = RawArray<Int>(capacity: 16)

    /// A cursor before the first term.
    init(_ segments: [BM25Segment], _ field: TermField) {
        count = segments.count
        streams = .allocate(capacity: count)
        prefixes = .allocate(capacity: count)
        for (source, segment) in segments.enumerated() {
            (streams + source).initialize(to: TermStream(segment.dictionary, field))
            // Whoever stands nowhere yet steps first.
            active.append(source)
            matches.append(source)
        }
    }

    deinit {
        streams.deinitialize(count: count)
        streams.deallocate()
        prefixes.deallocate()
    }

    /// The present term.
    @inline(__always)
    var key: TermKey { streams[matches[0]].key }

    /// What a source that is at the present term knows of it.
    @inline(__always)
    func entry(_ source: Int) -> TermEntry { streams[source].entry }

    /// Moves to the next term; false at the end.
    @inline(__always)
    mutating func next() -> Bool {
        for place in 0..<matches.count {
            let source = matches[place]
            if streams[source].next() {
                prefixes[source] = streams[source].prefix
            } else {
                end(source)
            }
        }
        findLeast()
        return matches.count > 0
    }

    private mutating func end(_ source: Int) {
        var kept = 0
        for place in 0..<active.count where active[place] != source {
            active[kept] = active[place]
            kept += 1
        }
        active.resize(kept)
    }

    /// Finds the sources that stand at the least term.
    @inline(__always)
    private mutating func findLeast() {
        let sources = active.base
        let count = active.count
        var least = UInt64.max
        for place in 0..<count {
            least = min(least, prefixes[sources[place]])
        }
        // Each is written where the next one goes and counted if it fits: a branch would be guessed wrong.
        matches.resize(active.count)
        let found = matches.base
        var foundCount = 0
        for place in 0..<count {
            let source = sources[place]
            found[foundCount] = source
            foundCount &+= prefixes[source] == least ? 1 : 0
        }
        matches.resize(foundCount)
        if foundCount > 1 { keepLeast() }
    }

    /// Of the sources whose terms begin alike, keeps those at the least.
    @inline(__always)
    private mutating func keepLeast() {
        let first = streams[matches[0]].key
        for place in 1..<matches.count where !(streams[matches[place]].key == first) {
            chooseLeast()
            return
        }
    }

    private mutating func chooseLeast() {
        var kept = 1
        for place in 1..<matches.count {
            let source = matches[place]
            let key = streams[source].key
            let least = streams[matches[0]].key
            if key == least {
                matches[kept] = source
                kept += 1
            } else if key < least {
                matches[0] = source
                kept = 1
            }
        }
        matches.resize(kept)
    }
}
