/// The one key both engines speak: a passage's number inside its collection.
///
/// The writer gives ids in commit order and never uses one twice. The passages of one document version have
/// consecutive ids, and the first of them names the version.
public struct PassageID: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    public var rawValue: UInt32

    /// The id with this number.
    @inlinable
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// The id with this number.
    @inlinable
    public init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// By number.
    @inlinable
    public static func < (left: PassageID, right: PassageID) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The number in decimal.
    public var description: String { String(rawValue) }
}
