import IndexCore

/// Checks of what is read of large files of vectors that nobody has checked as a whole yet.
///
/// What is wrong marks its file; whoever answers asks for the mark at the end.
extension VectorSegment {
    /// Checks what is read of the blocks to score some rows and to name them: a few pieces of 64 KB each.
    func checkVectors(of rows: UnsafePointer<UInt32>, count: Int) {
        guard blocks.contains(where: \.isUnchecked) else { return }
        for index in 0..<count {
            let place = place(of: Int(rows[index]))
            blocks[place.block].check(row: place.row)
        }
    }
}

extension VectorBlock {
    /// Whether it lies in a file that was not checked as a whole.
    var isUnchecked: Bool { sections.file.map { !$0.isVerified } ?? false }

    /// Checks what is read to score and name one row.
    func check(row: Int) {
        guard let file = sections.file else { return }
        _ = file.check(
            UnsafeRawBufferPointer(
                start: columns.vector(row), count: MemoryLayout<Float>.stride * VectorColumns.vectorStride(dimension)))
        _ = file.check(UnsafeRawBufferPointer(start: columns.ids + row, count: MemoryLayout<UInt32>.stride))
        _ = file.check(UnsafeRawBufferPointer(start: columns.documents + row, count: MemoryLayout<UInt32>.stride))
    }

    /// Checks the ids before they are searched.
    func checkIDs() {
        guard isUnchecked else { return }
        let ids = UnsafeRawBufferPointer(start: columns.ids, count: MemoryLayout<UInt32>.stride * count)
        _ = sections.file?.check(ids)
    }

    /// Checks the whole file before all of its rows are read.
    func checkForScan() {
        if isUnchecked { sections.file?.verify() }
    }
}
