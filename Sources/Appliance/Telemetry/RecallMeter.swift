package import HNSW
package import IndexCore
import Synchronization

/// Answers a share of the questions by meaning a second time, exactly, and keeps how much of the truth the first
/// answers held.
///
/// It works on an idle thread of its own, behind everything else: one question at a time and one that waits; what comes
/// meanwhile is counted and let go. It holds no text and no vector longer than that. Nothing follows from its numbers by
/// itself.
package final class RecallMeter: Sendable {
    /// A question that was answered, and all that its answer came from.
    package struct Sample: Sendable {
        package var tenant: String
        package var vectors: VectorSnapshot
        package var query: [Float]
        package var live: IDSet
        package var filter: IDSet?
        /// The best documents as they were answered, at most `depth`.
        package var answered: [PassageID]
        /// Documents that are compared: ``RecallMeter/depth``, or as many as were asked for.
        package var depth: Int

        /// Memberwise.
        package init(
            tenant: String, vectors: VectorSnapshot, query: [Float], live: IDSet, filter: IDSet?, answered: [PassageID],
            depth: Int
        ) {
            self.tenant = tenant
            self.vectors = vectors
            self.query = query
            self.live = live
            self.filter = filter
            self.answered = answered
            self.depth = depth
        }
    }

    /// Documents that are compared at most: recall@10.
    package static let depth = 10
    /// Tenants whose numbers are kept.
    private static let tenantLimit = 1_024
    /// An exact answer that takes longer is given up.
    private static let patience = Duration.seconds(30)
    /// The recall that is expected, and told of in the log when it is missed.
    private static let expected = 0.95

    private struct State {
        var tallies: [String: RecallTally] = [:]
        var skipped = 0
        /// Tenants whose recall was last seen below what is expected.
        var low: Set<String> = []
    }

    private let share: Double
    private let pool = ThreadPool(threads: 1, queueLimit: 1, niceness: 19)
    private let asked = Atomic<UInt64>(0)
    private let state = Mutex(State())
    private let log: Log

    /// - Parameter share: Of the questions, 0 (none) to 1 (all).
    package init(share: Double, log: Log) {
        self.share = share
        self.log = log
    }

    /// Whether the next question is one of the share.
    ///
    /// By a mixed count (SplitMix64), so that no rhythm of the callers can miss it or be it.
    package func takesNext() -> Bool {
        guard share > 0 else { return false }
        var mixed = asked.add(1, ordering: .relaxed).newValue &* 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53 < share
    }

    /// Has a question answered exactly when there is time, or lets it go.
    package func take(_ sample: Sample) {
        let isAccepted = pool.submit { [weak self] in self?.measure(sample) }
        if !isAccepted { state.withLock { $0.skipped += 1 } }
    }

    /// Forgets a tenant that was deleted.
    package func forget(tenant: String) {
        state.withLock { state in
            state.tallies[tenant] = nil
            state.low.remove(tenant)
        }
    }

    /// Ends the thread after the work in hand.
    func close() {
        pool.close()
    }

    private func measure(_ sample: Sample) {
        let deadline = SearchDeadline(instant: .now + Self.patience)
        let entry: RecallTally.Entry
        do {
            // Where nothing can be found there is nothing to miss.
            guard let measured = try RecallTally.Entry(sample, deadline: deadline) else { return }
            entry = measured
        } catch {
            state.withLock { $0.skipped += 1 }
            return
        }
        let crossed = state.withLock { state -> (mean: Double, ef: Int?)? in
            guard state.tallies[sample.tenant] != nil || state.tallies.count < Self.tenantLimit else {
                state.skipped += 1
                return nil
            }
            state.tallies[sample.tenant, default: RecallTally()].add(entry)
            guard let tally = state.tallies[sample.tenant], tally.isTelling else { return nil }
            guard tally.mean < Self.expected else {
                state.low.remove(sample.tenant)
                return nil
            }
            return state.low.insert(sample.tenant).inserted ? (tally.mean, tally.recommendedEf(Self.expected)) : nil
        }
        guard let crossed else { return }
        log.warning(
            "recall is low",
            [
                "tenant_id": sample.tenant, "recall_at_10": "\(crossed.mean)",
                "recommended_ef": crossed.ef.map(String.init) ?? "none up to \(RecallTally.ladder.last ?? 0)",
            ])
    }

    /// Prometheus text.
    package var exposition: String {
        let (tallies, skipped) = state.withLock { ($0.tallies.sorted { $0.key < $1.key }, $0.skipped) }
        var text = ""
        func family(_ name: String, _ kind: String, _ help: String, _ lines: [(labels: String, value: String)]) {
            text += "# HELP carrel_\(name) \(help)\n# TYPE carrel_\(name) \(kind)\n"
            for line in lines { text += "carrel_\(name)\(line.labels) \(line.value)\n" }
        }
        family(
            "recall_at_10", "gauge", "Mean recall@10 of the last sampled answers by meaning.",
            tallies.map { ("{tenant_id=\"\($0.key)\"}", "\($0.value.mean)") })
        family(
            "recall_samples_total", "counter", "Answers by meaning that were compared with the exact ones.",
            tallies.map { ("{tenant_id=\"\($0.key)\"}", "\($0.value.total)") })
        family(
            "recall_samples_skipped_total", "counter", "Sampled answers that found the meter busy or took it too long.",
            [("", "\(skipped)")])
        family(
            "recall_recommended_ef", "gauge",
            "Smallest ef of those tried that reaches a recall@10 over the last sampled questions.",
            tallies.flatMap { tenant, tally in
                [0.95, 0.99].compactMap { aim in
                    tally.recommendedEf(aim).map { ("{tenant_id=\"\(tenant)\",recall=\"\(aim)\"}", "\($0)") }
                }
            })
        return text
    }
}
