internal import Synchronization

/// Scorers and bounds of each field for one state of the statistics, shared by all searches of a snapshot.
///
/// Made by the first search that needs them: a writer that publishes many snapshots pays for none.
final class SnapshotScorers: Sendable {
    private let parameters: BM25Parameters
    private let statistics: BM25Statistics
    /// Nobody waits for another: where two make one at once, the first counts.
    private let content = AtomicLazyReference<FieldScorer>()
    private let title = AtomicLazyReference<FieldScorer>()

    init(_ parameters: BM25Parameters, _ statistics: BM25Statistics) {
        self.parameters = parameters
        self.statistics = statistics
    }

    /// The scorer of a field.
    subscript(field: BM25Field) -> FieldScorer {
        // Words before stemming stand in the same text as the terms: one length, one scorer.
        field == .title
            ? title.load()
                ?? title.storeIfNil(
                    FieldScorer(
                        TermScorer(
                            parameters, passageCount: statistics.titledPassageCount,
                            tokenCount: statistics.titleTokenCount)))
            : content.load()
                ?? content.storeIfNil(
                    FieldScorer(
                        TermScorer(
                            parameters, passageCount: statistics.wordedPassageCount,
                            tokenCount: statistics.tokenCount)))
    }
}

/// The scorer of one field, with the tables that loops read through pointers.
///
/// Sendable although it holds pointers: nobody writes to them after `init`, and `deinit` gives them back.
final class FieldScorer: @unchecked Sendable {
    let scorer: TermScorer
    /// ``TermScorer/normInverses``.
    let normInverses: UnsafePointer<Float>
    /// ``ImpactBounds``.
    let bounds: UnsafePointer<Float>

    init(_ scorer: TermScorer) {
        self.scorer = scorer
        let inverses = UnsafeMutablePointer<Float>.allocate(capacity: 256)
        for (norm, inverse) in scorer.normInverses.enumerated() {
            inverses[norm] = inverse
        }
        let bounds = UnsafeMutablePointer<Float>.allocate(capacity: ImpactBounds.count)
        ImpactBounds.fill(bounds, inverses)
        normInverses = UnsafePointer(inverses)
        self.bounds = UnsafePointer(bounds)
    }

    deinit {
        normInverses.deallocate()
        bounds.deallocate()
    }
}
