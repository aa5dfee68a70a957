/// What the first page and the last bytes of an index file say, found to agree.
struct SegmentHeader {
    let sections: [SegmentSection]
    let checksumsOffset: Int

    /// Reads header and footer of a whole file of at least their sizes.
    init(_ file: UnsafeRawBufferPointer, kind: SegmentKind) throws(SegmentDefect) {
        let header = UnsafeRawBufferPointer(rebasing: file[..<SegmentFormat.headerSize])
        let footer = UnsafeRawBufferPointer(rebasing: file[(file.count - SegmentFormat.footerSize)...])
        guard header[..<8].elementsEqual(SegmentFormat.magic) else { throw .magic }
        let version = header.uint32(at: 8)
        guard version == SegmentFormat.version else { throw .version(version) }
        // The length is said twice, so that a file cut short is told from one with a rotten header.
        let byteCount = header.uint64(at: 16)
        guard byteCount == UInt64(file.count) else { throw .length(expected: byteCount, found: UInt64(file.count)) }
        guard footer[24...].elementsEqual(SegmentFormat.endMagic) else { throw .magic }
        guard Checksum.crc32c(header) == footer.uint32(at: 8), footer.uint64(at: 0) == byteCount,
            footer.uint64(at: 16) == 0
        else { throw .header }
        let found = SegmentKind(code: header.uint32(at: 12))
        guard found == kind else { throw .kind(found.description) }
        let end = file.count - SegmentFormat.footerSize
        guard header.uint32(at: 36) == UInt32(SegmentFormat.pieceSize),
            let offset = Int(exactly: header.uint64(at: 24)), offset >= SegmentFormat.headerSize, offset <= end,
            end - offset == 4 * SegmentFormat.pieceCount(upTo: offset)
        else { throw .header }
        checksumsOffset = offset
        sections = try Self.sections(header, upTo: offset)
    }

    private static func sections(_ header: UnsafeRawBufferPointer, upTo end: Int) throws(SegmentDefect)
        -> [SegmentSection]
    {
        let count = Int(header.uint32(at: 32))
        guard 1...SegmentFormat.maximumSections ~= count else { throw .header }
        var sections: [SegmentSection] = []
        var last = SegmentFormat.headerSize
        for index in 0..<count {
            let entry = SegmentFormat.tableOffset + index * SegmentFormat.entrySize
            let name = header[entry..<entry + 8].prefix { $0 != 0 }
            guard let offset = Int(exactly: header.uint64(at: entry + 8)),
                let size = Int(exactly: header.uint64(at: entry + 16)),
                !name.isEmpty, offset >= last, offset <= end, size <= end - offset,
                offset % SegmentFormat.alignment == 0
            else { throw .header }
            last = offset + size
            sections.append(
                SegmentSection(name: String(decoding: name, as: UTF8.self), bytes: offset..<offset + size))
        }
        return sections
    }
}
