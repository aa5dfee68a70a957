internal import IndexCore

/// Which terms each document holds.
///
/// Unsafe inside: raw arrays, indexed by numbers its maker gave.
struct DocumentGraph: ~Copyable {
    /// One document: its number, and where its terms lie.
    struct Member {
        var document: UInt32
        var start: UInt32
        var count: UInt32
    }

    /// The documents, in their present order.
    let members: RawArray<Member>
    let terms: RawArray<UInt16>
    let termCount: Int

    /// A graph of documents with room for so many terms each, none of which they hold yet.
    ///
    /// - Parameter termCount: Terms have numbers below it; 65,535 at most.
    init(rooms: borrowing RawArray<UInt32>, termCount: Int, spill: SpillFolder?) {
        self.termCount = termCount
        members = RawArray(
            repeating: Member(document: 0, start: 0, count: 0), count: rooms.count, spill: spill)
        var total: UInt32 = 0
        for document in 0..<rooms.count {
            members[document] = Member(document: UInt32(truncatingIfNeeded: document), start: total, count: 0)
            total += rooms[document]
        }
        terms = RawArray(repeating: 0, count: Int(total), spill: spill)
    }

    /// The number of documents.
    var count: Int { members.count }

    /// Adds a term to a document, which has room for it, before documents are moved.
    @inline(__always)
    func append(_ term: UInt16, to document: Int) {
        let member = members[document]
        terms[Int(member.start &+ member.count)] = term
        members[document].count = member.count &+ 1
    }
}
