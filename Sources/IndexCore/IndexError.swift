/// What the shared words of the engines can refuse.
public enum IndexError: Error, Equatable, Sendable {
    /// The search took longer than its deadline, or its caller left.
    case deadlineExceeded
    /// A stored chunk of an ``IDSet`` has the wrong size. `byteCount` is what was found.
    case corruptChunk(index: UInt32, byteCount: Int)
    /// A section of a segment does not fit the others, or is of a version not known here.
    case corruptSection(name: String, reason: String)
}

extension IndexError: CustomStringConvertible {
    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .deadlineExceeded:
            "the search exceeded its deadline"
        case .corruptChunk(let index, let byteCount):
            "chunk \(index) of an id set has \(byteCount) bytes instead of \(IDSet.chunkBitCount / 8)"
        case .corruptSection(let name, let reason):
            "section \(name) of an index segment is damaged or of another version: \(reason)"
        }
    }
}
