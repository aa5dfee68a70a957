import Glibc

/// A file mapped for reading until the object ends.
///
/// A file that is cut while it is mapped raises SIGBUS on access: packs are replaced by rename, never written in place.
final class MappedFile: Sendable {
    /// The whole file.
    ///
    /// `nonisolated(unsafe)`: the memory is read-only, and nobody keeps the pointer longer than this object.
    nonisolated(unsafe) let bytes: UnsafeRawBufferPointer

    init(_ file: borrowing OpenFile) throws(EmbeddingError) {
        guard let address = mmap(nil, file.byteCount, PROT_READ, MAP_SHARED, file.descriptor, 0), address != MAP_FAILED
        else { throw .unreadableFile(path: file.path, operation: "map", code: errno) }
        bytes = UnsafeRawBufferPointer(start: address, count: file.byteCount)
    }

    deinit {
        munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
}
