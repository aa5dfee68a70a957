/// What makes two vectors near.
public enum VectorMetric: UInt32, Sendable, Hashable, CaseIterable {
    /// The angle: vectors are scaled to unit length when they are added, and the score is their inner product.
    case cosine = 0
    /// The inner product of the vectors as they are.
    case dot = 1
    /// The distance: the score is minus its square, so that more is nearer here too.
    case euclidean = 2
}

/// What stands for a vector while a graph is walked; the best candidates are then scored by the vectors themselves.
///
/// Bytes a vector of `d` components takes in the walk: `4 d`, `d` and `d / 2`, rounded up to whole cache lines.
public enum TraversalCodes: UInt32, Sendable, Hashable, CaseIterable {
    /// The components themselves: no loss, and the most memory; from 192 components on with `d` bytes more, which spare most of them.
    case float32 = 0
    /// A byte per component.
    case int8 = 1
    /// Half a byte per component: the fastest, and as good after scoring.
    case int4 = 2
}
