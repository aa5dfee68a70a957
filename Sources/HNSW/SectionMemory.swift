import Glibc

/// Memory for sections of a segment that is being made.
///
/// It is what `free` takes back, so that ``IndexCore/SegmentSections`` can adopt it.
enum SectionMemory {
    private static let hugePage = 2 << 20

    /// Zeros, at a multiple of 64.
    static func allocate(byteCount: Int) -> UnsafeMutableRawBufferPointer {
        let memory = allocateUninitialized(byteCount: byteCount)
        memset(memory, 0, byteCount)
        return UnsafeMutableRawBufferPointer(start: memory, count: byteCount)
    }

    /// Bytes that are yet to be written, at a multiple of 64.
    ///
    /// Large ones ask for huge pages: random reads then miss the TLB less. Fresh pages cost nothing until written.
    static func allocateUninitialized(byteCount: Int) -> UnsafeMutableRawPointer {
        let isLarge = byteCount >= 4 * hugePage
        let alignment = isLarge ? hugePage : 64
        let size = (max(1, byteCount) + alignment - 1) / alignment * alignment
        guard let memory = aligned_alloc(alignment, size) else {
            preconditionFailure("no memory for \(size) bytes")
        }
        if isLarge {
            madvise(memory, size, MADV_HUGEPAGE)
        }
        return memory
    }

    /// Whether so much would be given now.
    static func hasRoom(for byteCount: Int) -> Bool {
        let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard memory != MAP_FAILED else { return false }
        munmap(memory, byteCount)
        return true
    }
}
