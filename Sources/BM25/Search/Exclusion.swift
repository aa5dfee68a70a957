/// The last question before a row is offered: whether it matches what the query forbids.
struct Exclusion: ~Copyable {
    var walker: TreeWalker
    /// The forbidden children; often none.
    let forbidden: Range<Int>

    /// Offers a row to `sink` unless it is forbidden; rows ascend.
    @inline(__always)
    mutating func offer(_ row: UInt32, _ score: Float, of rows: PassageRows, to sink: inout CandidateSink) {
        guard sink.wants(score), forbidden.isEmpty || !walker.matchesAny(forbidden, row) else { return }
        sink.offer(row, score, of: rows)
    }
}
