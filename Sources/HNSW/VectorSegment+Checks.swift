import IndexCore

/// Checks of what is read of large files of vectors that nobody has checked as a whole yet.
///
/// What is wrong marks its file; whoever answers asks for the mark at the end.
extension VectorSegment {
    /// Checks the vectors of candidates before they are scored: a few pieces of 64 KB each.
    func checkVectors(of pool: CandidatePool, from first: Int, count: Int) {
        guard blocks.contains(where: \.isUnchecked) else { return }
        for index in first..<first + count {
            let place = place(of: CandidatePool.row(pool.entries[index]))
            let block = blocks[place.block]
            _ = block.sections.file?.check(
                UnsafeRawBufferPointer(
                    UnsafeBufferPointer(
                        start: block.columns.vector(place.row),
                        count: VectorColumns.vectorStride(dimension))))
        }
    }
}

extension VectorBlock {
    /// Whether it lies in a file that was not checked as a whole.
    var isUnchecked: Bool { sections.file.map { !$0.isVerified } ?? false }

    /// Checks the whole file before all of its rows are read.
    func checkForScan() {
        if isUnchecked { sections.file?.verify() }
    }
}

extension VectorSnapshot {
    /// The same without the segment: what is left when one of its files is damaged.
    public func leavingOutSegment() -> VectorSnapshot {
        VectorSnapshot(
            dimension: dimension, parameters: parameters, segment: nil, delta: delta, deltaIDs: deltaIDs)
    }
}
