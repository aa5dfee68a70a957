import Glibc
import IndexCore

/// Bytes a second that one thread reads of whole rows in random order: what no walk over rows of this size can pass.
///
/// 100,000 rows, in lists of 512 that do not depend on each other, through the same kernel as the walk; the best of 7 rounds.
@_cdecl("carrel_vectors_bandwidth")
public func carrelVectorsBandwidth(_ rowByteCount: Int) -> Double {
    let rowCount = 100_000
    let listCount = 200
    let listed = 512
    let hugePage = 2 << 20
    let byteCount = (rowCount * rowByteCount + hugePage - 1) & ~(hugePage - 1)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: hugePage)
    defer { memory.deallocate() }
    madvise(memory, byteCount, MADV_HUGEPAGE)
    memset(memory, 129, byteCount)
    let rows = memory.assumingMemoryBound(to: UInt8.self)
    var state: UInt64 = 1
    let lists = (0..<listCount * listed).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt32(truncatingIfNeeded: (state >> 33) % UInt64(rowCount))
    }
    let query = [UInt8](repeating: 130, count: rowByteCount)
    var products = [Int32](repeating: 0, count: listed)
    var best = Double.infinity
    for _ in 0..<7 {
        let start = threadSeconds()
        for list in 0..<listCount {
            lists.withUnsafeBufferPointer { lists in
                guard let lists = lists.baseAddress else { return }
                VectorKernels.codeDots(
                    query, querySum: Int32(2 * rowByteCount), base: rows, stride: rowByteCount,
                    rows: lists + list * listed, rowCount: listed, count: rowByteCount, into: &products)
            }
        }
        best = min(best, threadSeconds() - start)
    }
    return Double(listCount * listed * rowByteCount) / best
}

private func threadSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
