/// The slow, obvious nearest-neighbour search that the engines are compared with.
public enum ExactNeighbors {
    /// A row of the base and its inner product with the query.
    public struct Neighbor: Equatable, Sendable {
        /// The row in the base.
        public var row: Int
        /// Its inner product with the query.
        public var score: Double
    }

    /// The inner product of two vectors of equal length, summed as `Double` from the first component to the last.
    public static func dot(_ left: some Sequence<Float>, _ right: some Sequence<Float>) -> Double {
        zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    /// The `k` rows of `base` (row after row, `query.count` components each) with the greatest inner product:
    /// score descending, then row ascending.
    ///
    /// O(rows x log rows).
    public static func nearest(to query: [Float], in base: [Float], k: Int) -> [Neighbor] {
        let dimension = query.count
        let scored = (0..<(dimension == 0 ? 0 : base.count / dimension)).map { row in
            Neighbor(row: row, score: dot(query, base[row * dimension..<(row + 1) * dimension]))
        }
        return Array(scored.sorted { $0.score != $1.score ? $0.score > $1.score : $0.row < $1.row }.prefix(k))
    }

    /// The share of `expected` that `found` holds, in 0...1; 1 when nothing was expected.
    public static func recall<ID: Hashable>(of found: some Sequence<ID>, expected: some Collection<ID>) -> Double {
        guard !expected.isEmpty else { return 1 }
        let wanted = Set(expected)
        return Double(wanted.intersection(Set(found)).count) / Double(wanted.count)
    }

    /// `vector` divided by its length; unchanged when it has none.
    public static func normalized(_ vector: [Float]) -> [Float] {
        let length = dot(vector, vector).squareRoot()
        return length > 0 ? vector.map { Float(Double($0) / length) } : vector
    }
}
