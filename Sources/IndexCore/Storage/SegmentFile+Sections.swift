/// A segment in a file and back.
extension SegmentSections {
    /// The sections of a file, where they lie.
    ///
    /// Those whose names have other than four characters are left out.
    public convenience init(_ file: SegmentFile) {
        self.init(
            file.sectionNames.compactMap { text in
                guard let name = Name(spelling: text), let bytes = file.section(text) else { return nil }
                return (name, bytes)
            }, owner: file)
    }
}

extension SegmentSections.Name {
    /// The name that these four ASCII characters spell; nil for other texts.
    init?(spelling text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 4, bytes.allSatisfy({ $0 < 0x80 }) else { return nil }
        self.init(rawValue: bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
}

extension SegmentFileWriter {
    /// Writes all sections, in their order.
    public mutating func append(_ sections: SegmentSections) throws(SegmentFileError) {
        for (name, bytes) in sections.entries {
            try beginSection(name.description)
            try append(bytes.buffer)
        }
    }
}
