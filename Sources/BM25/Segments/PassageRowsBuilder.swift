internal import IndexCore

/// Gathers the rows of a segment and writes their sections.
struct PassageRowsBuilder: ~Copyable {
    private let spill: SpillFolder?
    private var ids: RawArray<UInt32>
    private var distances: RawArray<UInt32>
    private var lengths: RawArray<UInt32>
    private var titleLengths: RawArray<UInt32>
    private var norms: RawArray<UInt8>
    private var titleNorms: RawArray<UInt8>
    private var header = SegmentHeader()
    private var greatestDistance: UInt32 = 0
    private var greatestLength: UInt32 = 0
    private var greatestTitleLength: UInt32 = 0
    private var leastID = UInt32.max
    private var greatestID: UInt32 = 0
    private var isReordered = false
    private var normsAreExact = true
    private var titleNormsAreExact = true

    /// One row.
    struct Row {
        var id: UInt32
        /// The first passage id of its document.
        var document: UInt32
        var length: UInt32
        var norm: UInt8
        var titleLength: UInt32
        var titleNorm: UInt8
    }

    init(capacity: Int = 8, spill: SpillFolder? = nil) {
        self.spill = spill
        ids = RawArray(capacity: capacity, spill: spill)
        distances = RawArray(capacity: capacity, spill: spill)
        lengths = RawArray(capacity: capacity, spill: spill)
        titleLengths = RawArray(capacity: capacity, spill: spill)
        norms = RawArray(capacity: capacity, spill: spill)
        titleNorms = RawArray(capacity: capacity, spill: spill)
    }

    var count: Int { ids.count }
    var lastID: UInt32? { ids.count > 0 ? ids[ids.count - 1] : nil }
    var normBytes: UnsafePointer<UInt8> { UnsafePointer(norms.base) }
    var titleNormBytes: UnsafePointer<UInt8> { UnsafePointer(titleNorms.base) }

    /// Words per row of the combined field, and of the title.
    var averageLengths: (combined: Double, title: Double) {
        let rows = Double(max(1, count))
        return (Double(header.tokenCount) / rows, Double(header.titleTokenCount) / rows)
    }

    /// Adds a row; a document's passages come one after another, by ascending id.
    mutating func append(_ row: Row) {
        precondition(count < PostingsFormat.maximumRowCount, "more than 2^24 passages in one segment")
        isReordered = isReordered || count > 0 && row.id < greatestID
        leastID = min(leastID, row.id)
        greatestID = max(greatestID, row.id)
        ids.append(row.id)
        let distance = row.id &- row.document
        distances.append(distance)
        lengths.append(row.length)
        titleLengths.append(row.titleLength)
        norms.append(row.norm)
        titleNorms.append(row.titleNorm)
        header.tokenCount += UInt64(row.length)
        header.titleTokenCount += UInt64(row.titleLength)
        header.wordedCount += row.length > 0 ? 1 : 0
        header.titledCount += row.titleLength > 0 ? 1 : 0
        greatestDistance = max(greatestDistance, distance)
        greatestLength = max(greatestLength, row.length)
        greatestTitleLength = max(greatestTitleLength, row.titleLength)
        normsAreExact = normsAreExact && NormCodec.decode(row.norm) == Int(row.length)
        titleNormsAreExact = titleNormsAreExact && NormCodec.decode(row.titleNorm) == Int(row.titleLength)
    }

    /// The header, but for the terms, and the sections of the rows.
    mutating func finish() -> (
        header: SegmentHeader, sections: [(name: SegmentSections.Name, memory: OwnedBytes)]
    ) {
        header.rowCount = count
        header.isReordered = isReordered
        header.firstID = count > 0 ? leastID : 0
        header.lastID = greatestID
        let span = header.lastID - header.firstID
        header.idWidth = Int(span) == max(1, count) - 1 && !isReordered ? 0 : RowIntegers.width(for: span)
        header.documentWidth = RowIntegers.width(for: greatestDistance)
        header.lengthWidth = normsAreExact ? 0 : RowIntegers.width(for: greatestLength)
        header.titleLengthWidth = titleNormsAreExact ? 0 : RowIntegers.width(for: greatestTitleLength)
        var sections: [(name: SegmentSections.Name, memory: OwnedBytes)] = []
        sections.reserveCapacity(10)
        sections.append((SegmentLayout.norms, copy(norms)))
        if header.titledCount > 0 {
            sections.append((SegmentLayout.titleNorms, copy(titleNorms)))
        }
        func add(_ name: SegmentSections.Name, _ values: borrowing RawArray<UInt32>, minus base: UInt32, _ width: Int) {
            guard width > 0 else { return }
            sections.append((name, integers(values, minus: base, width: width)))
        }
        add(SegmentLayout.lengths, lengths, minus: 0, header.lengthWidth)
        add(SegmentLayout.titleLengths, titleLengths, minus: 0, header.titleLengthWidth)
        add(SegmentLayout.ids, ids, minus: header.firstID, header.idWidth)
        add(SegmentLayout.documents, distances, minus: 0, header.documentWidth)
        if isReordered {
            add(SegmentLayout.order, rowsByID(), minus: 0, PassageRows.placeWidth(rowCount: count))
        }
        return (header, sections)
    }

    /// Sorted by the bytes of the ids, the lowest first: all it needs may lie in files.
    private func rowsByID() -> RawArray<UInt32> {
        var rows = RawArray<UInt32>(repeating: 0, count: count, spill: spill)
        for row in 0..<count { rows[row] = UInt32(truncatingIfNeeded: row) }
        var sorted = RawArray<UInt32>(repeating: 0, count: count, spill: spill)
        var shift: UInt32 = 0
        while shift < 32, (greatestID - leastID) >> shift > 0 {
            func byte(_ row: UInt32) -> Int { Int((ids[Int(row)] &- leastID) &>> shift & 0xFF) }
            var ends = [Int](repeating: 0, count: 257)
            for place in 0..<count { ends[byte(rows[place]) + 1] += 1 }
            for value in 1...256 { ends[value] += ends[value - 1] }
            for place in 0..<count {
                let value = byte(rows[place])
                sorted[ends[value]] = rows[place]
                ends[value] += 1
            }
            swap(&rows, &sorted)
            shift += 8
        }
        return rows
    }

    private func copy(_ values: borrowing RawArray<UInt8>) -> OwnedBytes {
        var sink = ByteSink(capacity: values.count, spill: spill)
        sink.append(UnsafeRawBufferPointer(start: values.base, count: values.count))
        return sink.take()
    }

    private func integers(
        _ values: borrowing RawArray<UInt32>, minus base: UInt32, width: Int
    ) -> OwnedBytes {
        var sink = ByteSink(capacity: values.count * width, spill: spill)
        for place in 0..<values.count {
            let value = values[place] - base
            switch width {
            case 1: sink.append(UInt8(truncatingIfNeeded: value))
            case 2: sink.append(UInt16(truncatingIfNeeded: value))
            case 3:
                sink.append(UInt16(truncatingIfNeeded: value))
                sink.append(UInt8(truncatingIfNeeded: value &>> 16))
            default: sink.append(value)
            }
        }
        return sink.take()
    }
}
