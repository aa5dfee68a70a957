internal import CMapping
internal import Glibc

/// Where work on more than should lie in memory puts what is too large: files without names in this folder.
public final class SpillFolder: Sendable {
    /// The folder, which must be there.
    public let path: String
    /// Bytes from which memory is worth a file.
    public let leastByteCount: Int

    /// A folder of this path.
    public init(path: String, leastByteCount: Int = 1 << 20) {
        self.path = path
        self.leastByteCount = leastByteCount
    }
}

/// Memory that the kernel may write to a disk instead of keeping it: a mapped file that has no name.
///
/// The file's blocks are reserved before they are touched, so that a full disk is an answer and no fault; it is gone with
/// the object, or with the process. A disk that cannot give back what it has just taken ends the process, as it would for
/// swapped memory.
///
/// Sendable although its memory changes: one owner at a time has the object, and whoever shares the bytes
/// (``SegmentSections``) no longer writes to them.
public final class SpillFile: @unchecked Sendable {
    /// Where the memory is, zeros where nothing was written.
    public private(set) var base: UnsafeMutableRawPointer
    private var byteCount: Int
    private let descriptor: Int32

    /// A file of at least so many bytes; nil where the folder, or the disk, has no room for it.
    public init?(in folder: SpillFolder, byteCount: Int) {
        let descriptor = Self.open(in: folder)
        guard descriptor >= 0 else { return nil }
        guard let memory = Self.map(descriptor, from: 0, to: byteCount) else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
        (base, self.byteCount) = memory
    }

    deinit {
        munmap(base, byteCount)
        close(descriptor)
    }

    /// Makes room for so many bytes in all, elsewhere; false, and nothing is changed, where there is none.
    public func grow(to newByteCount: Int) -> Bool {
        guard newByteCount > byteCount else { return true }
        guard let memory = Self.map(descriptor, from: byteCount, to: newByteCount) else { return false }
        munmap(base, byteCount)
        (base, byteCount) = memory
        return true
    }

    private static func map(
        _ descriptor: Int32, from oldByteCount: Int, to newByteCount: Int
    ) -> (base: UnsafeMutableRawPointer, byteCount: Int)? {
        let byteCount = (newByteCount + alignment - 1) / alignment * alignment
        guard posix_fallocate(descriptor, off_t(oldByteCount), off_t(byteCount - oldByteCount)) == 0,
            let base = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), base != MAP_FAILED
        else { return nil }
        return (base, byteCount)
    }

    private static let alignment = 1 << 16

    private static func open(in folder: SpillFolder) -> Int32 {
        let descriptor = cm_open_unnamed(folder.path)
        // Some file systems cannot make a file without a name; one whose name is taken away at once is the same.
        guard descriptor < 0 else { return descriptor }
        var generator = SystemRandomNumberGenerator()
        let path = "\(folder.path)/\(String(generator.next(), radix: 36)).unfinished"
        let named = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        if named >= 0 { unlink(path) }
        return named
    }
}
