internal import Glibc

/// Writes one index file and gives it its name when it is whole and on the disk.
///
/// Until ``publish(name:)`` the file has a name of its own that ends in `.unfinished`; a writer that is dropped takes it
/// away. Sections come one after the other; memory is one piece of 64 KB. Not copyable: it owns a descriptor.
public struct SegmentFileWriter: ~Copyable {
    private let folder: String
    private let kind: SegmentKind
    private let temporary: String
    private let descriptor: Int32
    private var sections: [SegmentSection] = []
    /// Bytes since the last piece border, not yet written.
    private var piece: [UInt8] = []
    /// Where `piece` begins in the file.
    private var offset = SegmentFormat.headerSize
    private var checksums: [UInt8] = []
    private var isPublished = false

    private var end: Int { offset + piece.count }

    /// Begins a file in `folder`, which must be there.
    public init(folder: String, kind: SegmentKind) throws(SegmentFileError) {
        self.folder = folder
        self.kind = kind
        var generator = SystemRandomNumberGenerator()
        temporary = "\(folder)/\(String(generator.next(), radix: 36)).unfinished"
        descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system(path: temporary, operation: "create", code: errno) }
        piece.reserveCapacity(SegmentFormat.pieceSize)
    }

    deinit {
        close(descriptor)
        if !isPublished { unlink(temporary) }
    }

    /// Ends the section before and begins one of this name: 1 to 8 ASCII characters, used once.
    public mutating func beginSection(_ name: String) throws(SegmentFileError) {
        guard (1...8).contains(name.utf8.count), name.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
            throw .misuse("a section's name has 1 to 8 ASCII characters")
        }
        guard sections.count < SegmentFormat.maximumSections, !sections.contains(where: { $0.name == name }) else {
            throw .misuse("section \(name) is one too many")
        }
        endSection()
        let padding = (SegmentFormat.alignment - end % SegmentFormat.alignment) % SegmentFormat.alignment
        try write([UInt8](repeating: 0, count: padding))
        sections.append(SegmentSection(name: name, bytes: end..<end))
    }

    private mutating func endSection() {
        guard let last = sections.indices.last else { return }
        sections[last].bytes = sections[last].bytes.lowerBound..<end
    }

    /// Adds to the section begun last.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(SegmentFileError) {
        guard !sections.isEmpty else { throw .misuse("bytes outside of a section") }
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(SegmentFormat.pieceSize - piece.count)
            piece.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            if piece.count == SegmentFormat.pieceSize { try writePiece() }
        }
    }

    /// Adds to the section begun last.
    public mutating func append(_ bytes: [UInt8]) throws(SegmentFileError) {
        guard !sections.isEmpty else { throw .misuse("bytes outside of a section") }
        try write(bytes)
    }

    private mutating func write(_ bytes: [UInt8]) throws(SegmentFileError) {
        var start = 0
        while start < bytes.count {
            let count = min(bytes.count - start, SegmentFormat.pieceSize - piece.count)
            piece.append(contentsOf: bytes[start..<start + count])
            start += count
            if piece.count == SegmentFormat.pieceSize { try writePiece() }
        }
    }

    private mutating func writePiece() throws(SegmentFileError) {
        guard !piece.isEmpty else { return }
        let crc = piece.withUnsafeBytes { Checksum.crc32c($0) }
        checksums.appendLittleEndian(crc)
        try write(piece, at: offset)
        offset += piece.count
        piece.removeAll(keepingCapacity: true)
    }

    private func write(_ bytes: [UInt8], at offset: Int) throws(SegmentFileError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                pwrite(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
            }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw .system(path: temporary, operation: "write", code: count < 0 ? errno : ENOSPC)
            }
            done += count
        }
    }

    /// Ends the file: writes header and footer, waits for the disk, gives the file its name, waits for the folder.
    ///
    /// A file of this name is replaced; mappings of it stay.
    /// - Parameter name: Makes the name from all bytes of the file: a hash of them, so that equal files have equal names.
    /// - Returns: The file, mapped.
    public consuming func publish(
        name: (UnsafeRawBufferPointer) -> String
    ) throws(SegmentFileError) -> SegmentFile {
        guard !sections.isEmpty else { throw .misuse("a file has at least one section") }
        endSection()
        try writePiece()
        let checksumsOffset = offset
        let header = header(checksumsOffset: checksumsOffset)
        try write(checksums, at: checksumsOffset)
        try write(footer(header: header), at: checksumsOffset + checksums.count)
        try write(header, at: 0)
        guard fsync(descriptor) == 0 else {
            throw .system(path: temporary, operation: "sync", code: errno)
        }
        let unnamed = try SegmentFile(descriptor: descriptor, path: temporary, kind: kind)
        let path = "\(folder)/\(unnamed.withBytes(name))"
        if unnamed.isDamaged { throw .damaged(path: temporary, .unreadable) }
        guard rename(temporary, path) == 0 else {
            throw .system(path: path, operation: "rename", code: errno)
        }
        isPublished = true
        try Self.sync(folder: folder)
        return try SegmentFile(descriptor: descriptor, path: path, kind: kind)
    }

    private func header(checksumsOffset: Int) -> [UInt8] {
        var header = SegmentFormat.magic
        header.reserveCapacity(SegmentFormat.headerSize)
        header.appendLittleEndian(SegmentFormat.version)
        header.appendLittleEndian(kind.code)
        header.appendLittleEndian(UInt64(checksumsOffset + checksums.count + SegmentFormat.footerSize))
        header.appendLittleEndian(UInt64(checksumsOffset))
        header.appendLittleEndian(UInt32(sections.count))
        header.appendLittleEndian(UInt32(SegmentFormat.pieceSize))
        header += [UInt8](repeating: 0, count: SegmentFormat.tableOffset - header.count)
        for section in sections {
            header += section.name.utf8 + [UInt8](repeating: 0, count: 8 - section.name.utf8.count)
            header.appendLittleEndian(UInt64(section.bytes.lowerBound))
            header.appendLittleEndian(UInt64(section.bytes.count))
            header.appendLittleEndian(UInt64(0))
        }
        return header + [UInt8](repeating: 0, count: SegmentFormat.headerSize - header.count)
    }

    private func footer(header: [UInt8]) -> [UInt8] {
        var footer: [UInt8] = []
        footer.appendLittleEndian(
            UInt64(offset + checksums.count + SegmentFormat.footerSize))
        footer.appendLittleEndian(header.withUnsafeBytes { Checksum.crc32c($0) })
        footer.appendLittleEndian(checksums.withUnsafeBytes { Checksum.crc32c($0) })
        footer.appendLittleEndian(UInt64(0))
        return footer + SegmentFormat.endMagic
    }

    /// A renamed file is safe only when its folder's entry is.
    static func sync(folder: String) throws(SegmentFileError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .system(path: folder, operation: "open", code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(path: folder, operation: "sync", code: errno) }
    }
}
