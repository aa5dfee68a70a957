/// Names of vector spaces.
enum SpaceName {
    /// Spaces that callers may make in one collection.
    static let limit = 16

    /// Whether vectors of a model lie under this name: those of ``Embedding/EmbedderID`` have a `/`, those of callers none.
    static func isModels(_ name: String) -> Bool { name.utf8.contains(UInt8(ascii: "/")) }

    /// Checks the name of a space that a caller makes.
    static func check(_ name: String) throws(ApplianceError) {
        let bytes = Array(name.utf8)
        let isWord = bytes.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            }
        }
        let marks = [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")]
        guard (1...63).contains(bytes.count), isWord, let first = bytes.first, !marks.contains(first) else {
            throw .invalidArgument(
                name: "space", reason: "must be 1 to 63 of a-z, 0-9, -, _ and ., and start with a letter or digit")
        }
    }
}
