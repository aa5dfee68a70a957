public import IndexCore

/// What the vectors of a space are like as a whole: what tells whether a cosine is high for its kind.
public struct VectorShape: Sendable, Equatable {
    /// The mean of the live vectors at unit length, one number a component.
    public let mean: [Float]
    /// How much cosines of a question to documents that have nothing to do with it vary.
    public let deviation: Float
}

extension VectorSnapshot {
    /// The shape of the segment's vectors, as it was measured when the segment was made; without a segment, that of the
    /// delta's live ones, with the usual deviation.
    /// - Complexity: O(dimension); without a segment O(vectors).
    public func shape(live: IDSet) -> VectorShape {
        if let segment, segment.count > 0 {
            let deviation = segment.cosineDeviation
            return VectorShape(
                mean: segment.meanVector, deviation: deviation > 0 ? deviation : Float(CalibratedFusion.usualDeviation))
        }
        let pieces = delta.pieces
        var places: [VectorPlace] = []
        for (source, piece) in pieces.enumerated() {
            let ids = piece.rows.columns.ids
            for row in piece.range where live.contains(PassageID(ids[row])) {
                places.append(VectorPlace(id: ids[row], source: source, row: row))
            }
        }
        let mean = SpaceShape.mean(of: places, pieces.map(\.rows.columns), dimension: dimension)
        return withExtendedLifetime(self) {
            VectorShape(mean: mean, deviation: Float(CalibratedFusion.usualDeviation))
        }
    }
}
