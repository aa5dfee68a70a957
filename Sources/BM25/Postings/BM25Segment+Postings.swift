/// Reading one term's postings to the end. Unsafe inside: it lends the cursor memory.
extension BM25Segment {
    /// Calls `body` with each row and frequency of the postings that begin at `start`, rows ascending.
    @inline(__always)
    func forEachPosting(at start: Int, _ body: (_ row: Int, _ frequency: UInt32) -> Void) {
        postings.withUnsafeBufferPointer { bytes in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: PostingsCursor.bufferCount) { buffer in
                guard let bytes = bytes.baseAddress, let buffer = buffer.baseAddress else { return }
                var cursor = PostingsCursor(bytes + start, buffer: buffer)
                while cursor.nextBlock() {
                    for place in 0..<cursor.count {
                        body(Int(cursor.rows[place]), cursor.frequencies[place])
                    }
                }
            }
        }
    }

    /// How many passages hold the term whose postings begin at `start`, dead ones included.
    func documentFrequency(at start: Int) -> Int {
        postings.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { PostingsCursor.documentFrequency($0 + start) } ?? 0
        }
    }
}
