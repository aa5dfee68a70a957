internal import IndexCore

/// Which terms each document holds.
///
/// Unsafe inside: raw arrays, indexed by numbers its maker gave.
struct DocumentGraph: ~Copyable {
    /// By document, where its terms begin, which are those up to the next one's; behind the last, where all end.
    let starts: RawArray<UInt32>
    let terms: RawArray<UInt16>
    let termCount: Int

    /// A graph of documents that will hold so many terms each, and hold none yet.
    ///
    /// - Parameter termCount: Terms have numbers below it; 65,535 at most.
    init(rooms: borrowing RawArray<UInt32>, termCount: Int, spill: SpillFolder?) {
        self.termCount = termCount
        starts = RawArray(repeating: 0, count: rooms.count + 1, spill: spill)
        var total: UInt32 = 0
        for document in 0..<rooms.count {
            starts[document + 1] = total
            total += rooms[document]
        }
        terms = RawArray(repeating: 0, count: Int(total), spill: spill)
    }

    /// The number of documents.
    var count: Int { starts.count - 1 }

    /// Adds a term to a document; all get as many as they have room for.
    @inline(__always)
    func append(_ term: UInt16, to document: Int) {
        // Where the next document begins once this one has all its terms.
        let end = starts[document &+ 1]
        terms[Int(end)] = term
        starts[document &+ 1] = end &+ 1
    }
}
