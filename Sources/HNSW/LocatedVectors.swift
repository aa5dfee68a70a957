import IndexCore

/// The vectors of some passages of a snapshot, found but not yet read: ``VectorSnapshot/located(_:)``.
///
/// Unsafe inside: it points to rows of the snapshot, which it keeps.
public struct LocatedVectors {
    private let snapshot: VectorSnapshot
    /// By place of the passages; nil for one without a vector.
    private var rows: [UnsafePointer<Float>?]

    init(_ snapshot: VectorSnapshot, passageCount: Int) {
        self.snapshot = snapshot
        rows = Array(repeating: nil, count: passageCount)
    }

    mutating func set(_ place: Int, _ vector: UnsafePointer<Float>) {
        // What follows the first lines the hardware fetches by itself.
        let raw = UnsafeRawPointer(vector)
        for offset in stride(from: 0, to: min(4 * snapshot.dimension, Self.prefetchedByteCount), by: 64) {
            VectorKernels.prefetch(raw + offset)
        }
        rows[place] = vector
    }

    private static let prefetchedByteCount = 256

    /// The exact similarity to `query` of the passages at some places, in the order of the places; nil for one without
    /// a vector.
    /// - Throws: ``HNSWError``, for the query vector.
    public func similarities(to query: [Float], at places: [Int]) throws(HNSWError) -> [Float?] {
        let metric = snapshot.parameters.metric
        let dimension = snapshot.dimension
        let prepared = try PreparedVector.prepare(query, dimension: dimension, metric: metric)
        let found = places.map { rows[$0] }.filter { $0 != nil }
        // Scored together, so that memory answers for several rows at once.
        var scores = [Float](repeating: 0, count: found.count)
        metric.scores(prepared, rows: found, count: found.count, dimension: dimension, into: &scores)
        withExtendedLifetime(snapshot) {}
        var next = scores.makeIterator()
        return places.map { rows[$0] == nil ? nil : next.next() }
    }

    /// The mean of the vectors at some places, component by component; those without a vector do not count.
    public func mean(at places: [Int]) -> [Float] {
        let found = places.compactMap { rows[$0] }
        var mean = [Float](repeating: 0, count: snapshot.dimension)
        let share = Float(max(1, found.count))
        for row in found {
            for component in mean.indices { mean[component] += row[component] / share }
        }
        withExtendedLifetime(snapshot) {}
        return mean
    }
}
