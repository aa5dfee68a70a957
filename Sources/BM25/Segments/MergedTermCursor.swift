internal import IndexCore

/// Walks the terms of one field of several segments in byte order, each term once.
///
/// Unsafe inside: it owns raw memory for its cursors; the segments must outlive it.
struct MergedTermCursor: ~Copyable {
    private let count: Int
    private let cursors: UnsafeMutablePointer<TermCursor>
    /// By source, the first eight bytes of the term its cursor is at.
    private let prefixes: UnsafeMutablePointer<UInt64>
    /// Sources whose cursors are at a term.
    private var active = RawArray<Int>()
    /// Those of them that are at the present one, in their order.
    private(set) var matches = RawArray<Int>()

    /// A cursor before the first term.
    init(_ segments: [BM25Segment], _ field: TermField) {
        count = segments.count
        cursors = .allocate(capacity: count)
        prefixes = .allocate(capacity: count)
        for (source, segment) in segments.enumerated() {
            (cursors + source).initialize(to: TermCursor(segment.dictionary, field))
            // Whoever stands nowhere yet steps first.
            active.append(source)
            matches.append(source)
        }
    }

    deinit {
        cursors.deinitialize(count: count)
        cursors.deallocate()
        prefixes.deallocate()
    }

    /// The first eight bytes of the present term.
    var prefix: UInt64 { prefixes[matches[0]] }

    /// The present term.
    var term: UnsafeRawBufferPointer { UnsafeRawBufferPointer(cursors[matches[0]].term) }

    /// What a source that is at the present term knows of it.
    @inline(__always)
    func entry(_ source: Int) -> TermEntry { cursors[source].entry }

    /// Moves to the next term; false at the end.
    @inline(__always)
    mutating func next() -> Bool {
        for place in 0..<matches.count {
            let source = matches[place]
            if cursors[source].next() {
                prefixes[source] = cursors[source].prefix
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
        matches.removeAll()
        var least = UInt64.max
        for place in 0..<active.count {
            least = min(least, prefixes[active[place]])
        }
        for place in 0..<active.count where prefixes[active[place]] == least {
            let source = active[place]
            guard matches.count > 0 else {
                matches.append(source)
                continue
            }
            let term = UnsafeRawBufferPointer(cursors[source].term)
            let leastTerm = UnsafeRawBufferPointer(cursors[matches[0]].term)
            // Equal prefixes of at most eight bytes of equal length are equal terms.
            if term.count == leastTerm.count, term.count <= 8 || term.elementsEqual(leastTerm) {
                matches.append(source)
            } else if TermCursor.isBelow(term, leastTerm) {
                matches.removeAll()
                matches.append(source)
            }
        }
    }
}
