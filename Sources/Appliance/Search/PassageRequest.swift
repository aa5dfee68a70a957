import Access
package import IndexCore

/// Which passages of a document are asked for.
package struct PassageRequest: Sendable {
    package enum Choice: Sendable {
        /// From the beginning on.
        case all
        case first(Int)
        case last(Int)
        /// The passage that holds this scalar of the text, with so many neighbours on either side.
        case around(Int, neighbours: Int)
        /// By id, in the order given.
        case ids([PassageID])
    }

    package var documentID: String
    package var collection: String?
    package var choice = Choice.all
    /// Bytes of JSON that the passages may take; one is cut where it alone has more.
    package var byteBudget: Int
    /// Where an answer before ended.
    package var resumption: PassageResumption?

    package init(documentID: String, byteBudget: Int) {
        self.documentID = documentID
        self.byteBudget = byteBudget
    }

    /// A short hash of what the pages of one request have in common.
    var digest: [UInt8] {
        var text = "\(documentID.utf8.count) \(documentID) \(collection ?? "") "
        switch choice {
        case .all: text += "all"
        case .first(let count): text += "first \(count)"
        case .last(let count): text += "last \(count)"
        case .around(let position, let neighbours): text += "around \(position) \(neighbours)"
        case .ids(let ids): text += "ids \(ids.map(\.rawValue))"
        }
        return Array(Digest.sha256(Array(text.utf8)).prefix(8))
    }
}

/// Where a listing of passages goes on.
package struct PassageResumption: Sendable, Equatable {
    /// The document's version, by its first passage: the places count in that version alone.
    var version: UInt32
    /// The next of the chosen passages, and how many of its scalars were told already.
    var place: UInt32
    var told: UInt32
    /// ``PassageRequest/digest``.
    var digest: [UInt8]

    private static let digestLength = 8

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for number in [version, place, told] {
            for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        return bytes + digest
    }

    /// - Returns: nil for anything that ``bytes`` does not give.
    init?(bytes: [UInt8]) {
        guard bytes.count == 12 + Self.digestLength else { return nil }
        func number(_ start: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * $1) }
        }
        (version, place, told) = (number(0), number(4), number(8))
        digest = Array(bytes[12...])
    }

    init(version: UInt32, place: UInt32, told: UInt32, digest: [UInt8]) {
        (self.version, self.place, self.told, self.digest) = (version, place, told, digest)
    }
}

/// Passages of one document.
package struct PassagePage: Sendable {
    package struct Entry: Sendable {
        package var id: PassageID
        /// The place among the document's passages, from 1.
        package var number: Int
        /// What `text` is of the document's text, in scalars; a part of the passage where it was cut.
        package var range: Range<Int>
        package var page: Int?
        package var heading: String?
        package var text: String
    }

    package var documentID: String
    package var collection: String
    package var title: String
    package var passageCount: Int
    package var entries: [Entry] = []
    package var next: PassageResumption?
    package var warnings: [String] = []
}
