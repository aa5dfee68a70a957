internal import Glibc

/// Why an index file cannot be used or made.
public enum SegmentFileError: Error, Equatable, Sendable {
    /// The file is there and is not what it should be: make it anew from the rows.
    case damaged(path: String, SegmentDefect)
    /// The system refused `operation` with this `errno`.
    case system(path: String, operation: String, code: Int32)
    /// A writer was used in a way that no file can hold.
    case misuse(String)
}

/// What is wrong with an index file.
public enum SegmentDefect: Error, Equatable, Sendable {
    /// It does not begin or end as index files do.
    case magic
    /// Made by a version of the program that this one does not read.
    case version(UInt32)
    /// It holds something else.
    case kind(String)
    /// Shorter or longer than it says.
    case length(expected: UInt64, found: UInt64)
    /// The header does not have its checksum, or says what cannot be.
    case header
    /// The checksums do not have theirs.
    case checksums
    /// A piece of 65,536 bytes does not have its checksum.
    case piece(Int)
    /// A page could not be read: the file was cut short or its disk fails.
    case unreadable
    /// A section that should be there is not.
    case section(String)
    /// The bytes are as they were written and make no sense.
    case content(String)
}

extension SegmentFileError: CustomStringConvertible {
    /// What went wrong, in words.
    public var description: String {
        switch self {
        case .damaged(let path, let defect): "\(path) is damaged: \(defect)"
        case .system(let path, let operation, let code):
            "\(path): \(operation) failed: \(String(cString: strerror(code)))"
        case .misuse(let reason): "index file writer: \(reason)"
        }
    }

    /// Whether the disk or the tenant's share of it is full.
    public var isStorageFull: Bool {
        if case .system(_, _, let code) = self { code == ENOSPC || code == EDQUOT || code == EFBIG } else { false }
    }

    /// Whether there is no such file.
    public var isMissing: Bool {
        if case .system(_, _, let code) = self { code == ENOENT } else { false }
    }
}

extension SegmentDefect: CustomStringConvertible {
    /// What is wrong, in words.
    public var description: String {
        switch self {
        case .magic: "it is no index file"
        case .version(let found): "its format version is \(found), this program reads \(SegmentFormat.version)"
        case .kind(let found): "it is of kind \(found)"
        case .length(let expected, let found): "it has \(found) bytes instead of \(expected)"
        case .header: "its header is wrong"
        case .checksums: "its checksums are wrong"
        case .piece(let index): "piece \(index) does not have its checksum"
        case .unreadable: "a page of it cannot be read"
        case .section(let name): "section \(name) is missing"
        case .content(let what): what
        }
    }
}
