/// What can go wrong between a text and its vector.
public enum EmbeddingError: Error, Equatable {
    // The operator must act.

    /// There is no such file.
    case missingFile(path: String)
    /// The system refused a file; `code` is its `errno`.
    case unreadableFile(path: String, operation: String, code: Int32)
    /// A pack that cannot be used.
    case corruptPack(path: String, defect: PackDefect)
    /// A safetensors file or vocabulary that is not what it should be.
    case corruptSource(path: String, reason: String)
    /// Model files with another hash than the pinned one.
    case foreignSource(path: String, expected: String, found: String)

    // The caller must act.

    /// The queue is full: try again later.
    case overloaded(waiting: Int)
    /// The caller's task was cancelled.
    case cancelled
    /// The service was shut down.
    case shutDown
}

/// Why a pack is refused.
public enum PackDefect: Error, Equatable, Sendable {
    /// The file is shorter or longer than it says.
    case size(expected: Int, found: Int)
    /// The first bytes are not a pack's.
    case magic
    /// A version or precision this program does not know.
    case version(UInt32)
    case precision(UInt32)
    /// A header field has an impossible value.
    case header(field: String)
    /// The body's SHA-256 is not the header's.
    case hash(expected: String, found: String)
    /// An entry of the table is malformed, or points outside the file, or is not aligned.
    case table(entry: Int, field: String)
    /// A tensor is absent, or has another type or shape than the model needs.
    case tensor(name: String, problem: String)
}

extension EmbeddingError: CustomStringConvertible {
    /// The error in words, with the file it is about.
    public var description: String {
        switch self {
        case .missingFile(let path):
            "no such file: \(path)"
        case .unreadableFile(let path, let operation, let code):
            "\(path): cannot \(operation): \(systemMessage(code))"
        case .corruptPack(let path, let defect):
            "\(path): not a usable model pack: \(defect)"
        case .corruptSource(let path, let reason):
            "\(path): \(reason)"
        case .foreignSource(let path, let expected, let found):
            "\(path): these are not the pinned weights: SHA-256 is \(found), expected \(expected)"
        case .overloaded(let waiting):
            "the embedder's queue is full: \(waiting) requests wait"
        case .cancelled:
            "the request was cancelled"
        case .shutDown:
            "the embedder is shut down"
        }
    }
}

extension PackDefect: CustomStringConvertible {
    /// The defect in words that follow a file's name.
    public var description: String {
        switch self {
        case .size(let expected, let found): "has \(found) bytes, expected \(expected)"
        case .magic: "does not begin as a pack"
        case .version(let version): "has unknown version \(version)"
        case .precision(let precision): "has unknown precision \(precision)"
        case .header(let field): "has an impossible \(field) in its header"
        case .hash(let expected, let found): "has SHA-256 \(found), expected \(expected)"
        case .table(let entry, let field): "has an impossible \(field) in entry \(entry) of its table"
        case .tensor(let name, let problem): "tensor \(name) \(problem)"
        }
    }
}
