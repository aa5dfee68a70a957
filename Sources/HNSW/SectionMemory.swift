import Glibc

/// Memory for sections of a segment that is being made.
///
/// It is what `free` takes back, so that ``IndexCore/SegmentSections`` can adopt it.
enum SectionMemory {
    private static let hugePage = 2 << 20

    /// Zeros, at a multiple of 64.
    ///
    /// Large ones ask for huge pages: random reads then miss the TLB less. Fresh pages cost nothing until written.
    static func allocate(byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let isLarge = byteCount >= 4 * hugePage
        let alignment = isLarge ? hugePage : 64
        let size = (max(1, byteCount) + alignment - 1) / alignment * alignment
        guard let memory = aligned_alloc(alignment, size) else {
            preconditionFailure("no memory for \(size) bytes")
        }
        if isLarge {
            madvise(memory, size, MADV_HUGEPAGE)
        }
        memset(memory, 0, size)
        return UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    }
}
