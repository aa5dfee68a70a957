/// A text compared by its UTF-8 bytes, as ids are: two spellings that look the same are two keywords.
public struct Keyword: Sendable, Hashable, Comparable {
    /// The longest text a column holds, in bytes; longer ones are kept with their document alone.
    public static let byteLimit = 1_024

    /// UTF-8.
    public let bytes: [UInt8]

    /// The keyword of this text.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// The keyword with these bytes, which are UTF-8.
    init(bytes: [UInt8]) { self.bytes = bytes }

    /// The text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// In byte order, which for UTF-8 is the order of Unicode scalars.
    public static func < (left: Keyword, right: Keyword) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
