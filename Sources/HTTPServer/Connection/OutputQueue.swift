/// Bytes the socket did not take yet, in order.
struct OutputQueue {
    private var pieces: [[UInt8]] = []
    private var first = 0
    private var offset = 0
    /// Waiting bytes.
    private(set) var byteCount = 0

    /// Appends `piece` without its first `sent` bytes.
    ///
    /// Large pieces are kept as they are, small ones joined.
    mutating func append(_ piece: [UInt8], from sent: Int = 0) {
        let count = piece.count - sent
        guard count > 0 else { return }
        byteCount += count
        if sent == 0, count < 4096, pieces.count - first > 1, pieces[pieces.count - 1].count < 16 * 1024 {
            pieces[pieces.count - 1] += piece
        } else if first == pieces.count {
            pieces.append(piece)
            offset = sent
        } else {
            pieces.append(sent == 0 ? piece : Array(piece[sent...]))
        }
    }

    /// The bytes to send next; empty if there are none.
    func withFirst<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        guard first < pieces.count else { return body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        return pieces[first].withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }

    /// Takes `count` bytes off the first piece.
    mutating func advance(by count: Int) {
        byteCount -= count
        offset += count
        guard first < pieces.count, offset == pieces[first].count else { return }
        pieces[first] = []
        first += 1
        offset = 0
        if first == pieces.count {
            pieces = []
            first = 0
        } else if first >= 64 {
            pieces.removeFirst(first)
            first = 0
        }
    }
}
