/// One entry of a list: its name, unique in the list, and its JSON.
public struct ListEntry: Sendable, Hashable {
    /// What a cursor remembers.
    public let id: String
    /// The entry as one JSON object.
    public let encoded: [UInt8]

    /// Makes an entry.
    public init(id: String, encoded: [UInt8]) {
        self.id = id
        self.encoded = encoded
    }
}

/// Where a list goes on: behind an entry, known by its place and its name.
///
/// The payload of a sealed cursor is `version | place, 4 bytes, big-endian | name`. The list and whom it is for are the
/// seal's purpose, so a cursor of another list, of another tenant or of a later version is never taken for one of this.
struct ListCursor: Hashable {
    /// Entries before the next page, when the cursor was made.
    let offset: UInt32
    /// The last of them.
    let last: String

    private static let version: UInt8 = 1

    init(offset: UInt32, last: String) {
        self.offset = offset
        self.last = last
    }

    init?(_ payload: [UInt8]) {
        guard payload.count > 5, payload[0] == Self.version, payload[1..<5].contains(where: { $0 != 0 }),
            let last = String(validating: payload[5...], as: UTF8.self)
        else { return nil }
        self.init(offset: payload[1..<5].reduce(0) { $0 << 8 | UInt32($1) }, last: last)
    }

    var payload: [UInt8] {
        [Self.version] + (0..<4).map { UInt8(truncatingIfNeeded: offset >> UInt32(24 - 8 * $0)) } + Array(last.utf8)
    }

    /// Where the next page begins in the list as it is now.
    ///
    /// An entry that went meanwhile leaves its place to the one behind it; one that moved is followed.
    func start(in entries: [ListEntry]) -> Int {
        let place = Int(offset)
        if place <= entries.count, entries[place - 1].id == last { return place }
        if let moved = entries.firstIndex(where: { $0.id == last }) { return moved + 1 }
        return min(place - 1, entries.count)
    }
}
