internal import Glibc
internal import IndexCore

/// Memory that grows by being moved: from `malloc`, or, where there is a folder for it and it is large, a file's.
///
/// Unsafe inside: it owns the memory; its users keep to what they asked for.
struct GrowingMemory: ~Copyable {
    private var base: UnsafeMutableRawPointer?
    private var byteCount = 0
    private var file: SpillFile?
    private let folder: SpillFolder?

    init(spill folder: SpillFolder? = nil) {
        self.folder = folder
    }

    deinit {
        if file == nil { free(base) }
    }

    /// Makes room for so many bytes, more than there were, and returns where they are now; those there were are kept.
    mutating func grown(to newByteCount: Int) -> UnsafeMutableRawPointer {
        let grown =
            if let file {
                // A disk that is full leaves memory.
                file.grow(to: newByteCount) ? file.base : moved(to: nil, newByteCount)
            } else if let folder, newByteCount >= folder.leastByteCount,
                let file = SpillFile(in: folder, byteCount: newByteCount)
            {
                moved(to: file, newByteCount)
            } else {
                Self.allocated(newByteCount, instead: base)
            }
        base = grown
        byteCount = newByteCount
        return grown
    }

    private mutating func moved(to newFile: SpillFile?, _ newByteCount: Int) -> UnsafeMutableRawPointer {
        let new = newFile?.base ?? Self.allocated(newByteCount, instead: nil)
        if let base { memcpy(new, base, byteCount) }
        if file == nil { free(base) }
        file = newFile
        return new
    }

    /// The first `count` bytes, which are now the caller's; what is left is without memory.
    mutating func take(_ count: Int) -> OwnedBytes {
        // What is held for long has no slack; a little of it is not worth the call.
        if file == nil, byteCount - count > 4_096 { base = Self.allocated(max(1, count), instead: base) }
        defer { (base, byteCount, file) = (nil, 0, nil) }
        return OwnedBytes(bytes: UnsafeMutableRawBufferPointer(start: base, count: count), file: file)
    }

    private static func allocated(_ byteCount: Int, instead old: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer {
        guard let new = realloc(old, byteCount) else {
            preconditionFailure("no memory for \(byteCount) bytes of index")
        }
        return new
    }
}
