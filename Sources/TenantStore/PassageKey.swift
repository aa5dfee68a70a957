public import IndexCore

/// The row key of a passage: `collection << 32 | passage id`.
///
/// A document's row has the key of its first passage. Vector rows put the number of their space above it:
/// `space << 56 | key`, so that one integer orders and finds them.
public struct PassageKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Collections are numbered from 1 to this.
    public static let maximumCollection: UInt32 = (1 << 24) - 1
    /// Vector spaces are numbered from 1 to this.
    static let maximumSpace: Int64 = 127

    let rawValue: Int64

    /// The key of passage `id` of `collection`, at most ``maximumCollection``.
    public init(collection: UInt32, id: PassageID) {
        rawValue = Int64(collection & Self.maximumCollection) << 32 | Int64(id.rawValue)
    }

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    /// The collection it belongs to.
    public var collection: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 32) & Self.maximumCollection }
    /// Its id in the collection.
    public var id: PassageID { PassageID(UInt32(truncatingIfNeeded: rawValue)) }

    /// The key of this passage's row in tables keyed by space.
    func inSpace(_ space: Int64) -> Int64 { space << 56 | rawValue }

    /// All keys of a collection.
    static func all(of collection: UInt32) -> ClosedRange<Int64> {
        let first = PassageKey(collection: collection, id: PassageID(0)).rawValue
        return first...(first | Int64(UInt32.max))
    }

    /// Orders by collection, then id.
    public static func < (left: PassageKey, right: PassageKey) -> Bool { left.rawValue < right.rawValue }
    /// One line for people.
    public var description: String { "\(collection)/\(id)" }
}

extension ClosedRange<Int64> {
    /// The same keys in tables keyed by space.
    func inSpace(_ space: Int64) -> ClosedRange<Int64> {
        (space << 56 | lowerBound)...(space << 56 | upperBound)
    }
}
