internal import CMapping
internal import Glibc
internal import Synchronization

/// An immutable index file, mapped: a few named runs of bytes, each piece of 64 KB with a checksum.
///
/// Opening reads two pages, header and footer, whatever the size of the file, and holds no descriptor afterwards. Nothing
/// else is checked then: readers must be safe on any bytes, ``verify()`` finds what has rotted, and ``check(_:)`` what has
/// under a few bytes of a large file. A file that is cut short
/// under its readers, or whose disk fails, reads as zeros from the faulty page on and is marked: ``isDamaged``. Whoever
/// answers from a file asks for the mark at the end of the answer.
///
/// Sendable: the mapping is read-only and lives as long as the object; all that changes are atomics.
public final class SegmentFile: Sendable {
    /// Where the file was when it was opened; it may have been renamed or removed since.
    public let path: String
    /// What it holds.
    public let kind: SegmentKind
    /// `nonisolated(unsafe)`: read-only memory, and whoever takes pointers from it holds the object as well.
    private nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    /// `nonisolated(unsafe)`: its one changing field is an atomic of C's.
    private nonisolated(unsafe) let mapping: OpaquePointer
    private let sections: [SegmentSection]
    private let checksumsOffset: Int
    private let verdict = Atomic<UInt8>(Verdict.open.rawValue)
    private let checked: CheckedPieces

    private enum Verdict: UInt8 {
        case open, sound, damaged
    }

    /// Maps a file and checks its header and footer.
    /// - Throws: ``SegmentFileError``; a missing file is a system error with `ENOENT`.
    /// - Complexity: O(1), tens of microseconds.
    public convenience init(_ path: String, kind: SegmentKind) throws(SegmentFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .system(path: path, operation: "open", code: errno) }
        defer { close(descriptor) }
        try self.init(descriptor: descriptor, path: path, kind: kind)
    }

    init(descriptor: Int32, path: String, kind: SegmentKind) throws(SegmentFileError) {
        let map = try Self.map(descriptor, path: path)
        let header: SegmentHeader
        do throws(SegmentDefect) {
            header = try SegmentHeader(map.bytes, kind: kind)
            if cm_is_damaged(map.mapping) != 0 { throw .unreadable }
        } catch {
            Self.unmap(map)
            throw .damaged(path: path, error)
        }
        self.path = path
        self.kind = kind
        bytes = map.bytes
        mapping = map.mapping
        sections = header.sections
        checksumsOffset = header.checksumsOffset
        checked = CheckedPieces(count: SegmentFormat.pieceCount(upTo: header.checksumsOffset))
    }

    private static func map(_ descriptor: Int32, path: String) throws(SegmentFileError) -> (
        bytes: UnsafeRawBufferPointer, mapping: OpaquePointer
    ) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path: path, operation: "stat", code: errno) }
        let count = Int(status.st_size)
        guard status.st_mode & S_IFMT == S_IFREG else { throw .damaged(path: path, .magic) }
        guard count >= SegmentFormat.headerSize + SegmentFormat.footerSize else {
            throw .damaged(
                path: path,
                .length(
                    expected: UInt64(SegmentFormat.headerSize + SegmentFormat.footerSize),
                    found: UInt64(max(0, count))))
        }
        guard let address = mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0), address != MAP_FAILED else {
            throw .system(path: path, operation: "map", code: errno)
        }
        guard let mapping = cm_register(address, count) else {
            munmap(address, count)
            throw .system(path: path, operation: "register the mapping", code: ENOMEM)
        }
        return (UnsafeRawBufferPointer(start: address, count: count), mapping)
    }

    private static func unmap(_ map: (bytes: UnsafeRawBufferPointer, mapping: OpaquePointer)) {
        cm_unregister(map.mapping)
        munmap(UnsafeMutableRawPointer(mutating: map.bytes.baseAddress), map.bytes.count)
    }

    deinit {
        Self.unmap((bytes, mapping))
    }

    /// The file's name in its folder.
    public var name: String { path.split(separator: "/").last.map(String.init) ?? path }

    /// The whole file's size.
    public var byteCount: Int { bytes.count }

    /// The names of the sections, in their order.
    public var sectionNames: [String] { sections.map(\.name) }

    /// The bytes of a section, which begin at a multiple of 64; nil where there is none of this name.
    ///
    /// Valid while the file is referenced. Reading may find any bytes.
    public func section(_ name: String) -> UnsafeRawBufferPointer? {
        sections.first { $0.name == name }.map { UnsafeRawBufferPointer(rebasing: bytes[$0.bytes]) }
    }

    /// All bytes, as they are on the disk.
    func withBytes<Value>(_ body: (UnsafeRawBufferPointer) -> Value) -> Value { body(bytes) }

    // MARK: Damage

    /// Whether a page could not be read, a checksum was wrong, or ``markDamaged()`` was called; it never becomes false
    /// again.
    public var isDamaged: Bool {
        cm_is_damaged(mapping) != 0 || verdict.load(ordering: .acquiring) == Verdict.damaged.rawValue
    }

    /// Whether all checksums were looked at and found right.
    public var isVerified: Bool { !isDamaged && verdict.load(ordering: .acquiring) == Verdict.sound.rawValue }

    /// Marks the file: its reader found what no writer writes.
    public func markDamaged() {
        verdict.store(Verdict.damaged.rawValue, ordering: .releasing)
    }

    /// Checks every byte, and marks the file where one is wrong.
    /// - Returns: The first defect; nil where there is none. A file that was found sound is not read again.
    /// - Complexity: O(bytes): as fast as memory answers where the CPU has the instruction.
    @discardableResult
    public func verify() -> SegmentDefect? {
        if isVerified { return nil }
        if let defect = firstDefect() {
            markDamaged()
            return defect
        }
        // A mark set meanwhile stays.
        _ = verdict.compareExchange(
            expected: Verdict.open.rawValue, desired: Verdict.sound.rawValue, ordering: .acquiringAndReleasing)
        return nil
    }

    /// Checks the pieces that a run of the file's bytes lies in, each of them once.
    ///
    /// For readers of large files: what they answer from is checked, the rest may wait for ``verify()``.
    /// - Returns: Whether they are right; where one is not the file is marked.
    /// - Complexity: O(1) for pieces that were checked before, else 65,536 bytes at 8 GB/s for each of them.
    public func check(_ part: UnsafeRawBufferPointer) -> Bool {
        if isVerified { return true }
        guard let base = bytes.baseAddress, let start = part.baseAddress, !part.isEmpty else { return !isDamaged }
        let offset = start - base - SegmentFormat.headerSize
        guard offset >= 0, offset + SegmentFormat.headerSize + part.count <= checksumsOffset else { return false }
        let first = offset / SegmentFormat.pieceSize
        for index in first...(offset + part.count - 1) / SegmentFormat.pieceSize where !checked.contains(index) {
            guard checksumsDefect() == nil, defect(ofPiece: index) == nil else {
                markDamaged()
                return false
            }
            checked.insert(index)
        }
        return !isDamaged
    }

    private var checksums: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[checksumsOffset..<bytes.count - SegmentFormat.footerSize])
    }

    private func firstDefect() -> SegmentDefect? {
        if let defect = checksumsDefect() { return defect }
        let threes = (checksumsOffset - SegmentFormat.headerSize) / (3 * SegmentFormat.pieceSize)
        for first in stride(from: 0, to: 3 * threes, by: 3) where !(first..<first + 3).allSatisfy(checked.contains) {
            if let defect = defect(ofThreePieces: first) { return defect }
        }
        for index in 3 * threes..<SegmentFormat.pieceCount(upTo: checksumsOffset) where !checked.contains(index) {
            if let defect = defect(ofPiece: index) { return defect }
        }
        return nil
    }

    /// The first defect of three whole pieces.
    private func defect(ofThreePieces first: Int) -> SegmentDefect? {
        let start = SegmentFormat.piece(first, upTo: checksumsOffset).lowerBound
        let pieces = bytes[start..<start + 3 * SegmentFormat.pieceSize]
        let sums = Checksum.crc32cOfThirds(UnsafeRawBufferPointer(rebasing: pieces))
        if cm_is_damaged(mapping) != 0 { return .unreadable }
        return (0..<3).first { sums[$0] != checksums.uint32(at: (first + $0) * 4) }.map { .piece(first + $0) }
    }

    private func checksumsDefect() -> SegmentDefect? {
        if checked.knowsChecksums { return nil }
        // Looked at after each read: zeros in the place of what could not be read have wrong checksums, but not all do.
        let crc = bytes.uint32(at: bytes.count - SegmentFormat.footerSize + 12)
        guard Checksum.crc32c(checksums) == crc, cm_is_damaged(mapping) == 0 else {
            return cm_is_damaged(mapping) != 0 ? .unreadable : .checksums
        }
        checked.noteChecksums()
        return nil
    }

    private func defect(ofPiece index: Int) -> SegmentDefect? {
        let piece = bytes[SegmentFormat.piece(index, upTo: checksumsOffset)]
        let isRight = Checksum.crc32c(UnsafeRawBufferPointer(rebasing: piece)) == checksums.uint32(at: index * 4)
        if cm_is_damaged(mapping) != 0 { return .unreadable }
        return isRight ? nil : .piece(index)
    }
}
