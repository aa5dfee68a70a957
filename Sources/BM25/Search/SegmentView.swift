/// One query in one segment, for the length of a search: raw memory and numbers, so that copies cost nothing.
///
/// Whoever makes it keeps the segment, the plan, the scorers and the scratch alive.
struct SegmentView {
    let rows: PassageRows
    /// One cursor per use of the plan; exhausted from the start where the segment lacks the term.
    let cursors: UnsafeMutablePointer<PostingsCursor>
    let plan: QueryPlan.Pointers
    /// `boost · idf` by node.
    let weights: UnsafeBufferPointer<Float>
    /// By ``BM25Field``.
    let fields: UnsafeBufferPointer<FieldView>

    /// The segment's number of rows, dead ones included.
    var rowCount: UInt32 { UInt32(truncatingIfNeeded: rows.count) }

    /// What scoring needs to know of a row in one field.
    struct FieldView {
        /// Norm bytes by row.
        let norms: UnsafePointer<UInt8>
        /// ``TermScorer/normInverses``.
        let normInverses: UnsafePointer<Float>
        /// ``ImpactBounds``.
        let bounds: UnsafePointer<Float>

        init(_ norms: UnsafePointer<UInt8>, _ scorer: FieldScorer) {
            self.norms = norms
            normInverses = scorer.normInverses
            bounds = scorer.bounds
        }

        /// The score of a term of this weight and frequency in `row`.
        @inline(__always)
        func score(_ weight: Float, _ frequency: Float, _ row: UInt32) -> Float {
            TermScorer.score(weight, frequency, normInverses[Int(norms[Int(row)])])
        }
    }

    @inline(__always)
    func field(_ node: Int) -> FieldView { fields[Int(plan.nodes[node].field.rawValue)] }
}
