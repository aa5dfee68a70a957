import Synchronization

/// A merge of keyword files under way, which may be asked to stop.
final class KeywordMergeRun: Sendable {
    /// Whether so much waited in memory for a place among the files that the merge runs at normal priority.
    let isUrgent: Bool
    private let isHastenedFlag = Atomic(false)

    init(isUrgent: Bool) {
        self.isUrgent = isUrgent
    }

    /// Whether it shall stop and begin again at normal priority: at the idle one it may be late for ever.
    var isHastened: Bool { isHastenedFlag.load(ordering: .relaxed) }

    func hasten() { isHastenedFlag.store(true, ordering: .relaxed) }
}
