import IndexCore

/// The vectors of some passages of a snapshot, found but not yet read: ``VectorSnapshot/located(_:)``.
///
/// Unsafe inside: it points to rows of the snapshot, which it keeps.
public struct LocatedVectors {
    private let snapshot: VectorSnapshot
    private let passageCount: Int
    /// Of the passages that have a vector.
    private var places: [Int] = []
    private var rows: [UnsafePointer<Float>?] = []

    init(_ snapshot: VectorSnapshot, passageCount: Int) {
        self.snapshot = snapshot
        self.passageCount = passageCount
        places.reserveCapacity(passageCount)
        rows.reserveCapacity(passageCount)
    }

    mutating func add(_ place: Int, _ vector: UnsafePointer<Float>) {
        // What follows the first lines the hardware fetches by itself.
        let raw = UnsafeRawPointer(vector)
        for offset in stride(from: 0, to: min(4 * snapshot.dimension, Self.prefetchedByteCount), by: 64) {
            VectorKernels.prefetch(raw + offset)
        }
        places.append(place)
        rows.append(vector)
    }

    private static let prefetchedByteCount = 256

    /// The exact similarity of each passage to `query`, in the order of the passages; nil for one without a vector.
    /// - Throws: ``HNSWError``, for the query vector.
    public func similarities(to query: [Float]) throws(HNSWError) -> [Float?] {
        let metric = snapshot.parameters.metric
        let dimension = snapshot.dimension
        let prepared = try PreparedVector.prepare(query, dimension: dimension, metric: metric)
        // Scored together, so that memory answers for several rows at once.
        var scores = [Float](repeating: 0, count: rows.count)
        metric.scores(prepared, rows: rows, count: rows.count, dimension: dimension, into: &scores)
        withExtendedLifetime(snapshot) {}
        var results = [Float?](repeating: nil, count: passageCount)
        for (place, score) in zip(places, scores) { results[place] = score }
        return results
    }
}
