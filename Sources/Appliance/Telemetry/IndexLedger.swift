import Synchronization

/// What became of index files in this process: counts for `/metrics`, and what is not well now for `/health`.
package final class IndexLedger: Sendable {
    /// A collection of a tenant.
    struct Place: Hashable, Sendable {
        var tenant: String
        var collection: UInt32
    }

    /// Events that are counted.
    enum Event: String, CaseIterable, Sendable {
        case flush = "flushes"
        case merge = "merges"
        case vectorMerge = "vector_merges"
        case failure = "write_failures"
        case damage = "damaged_files"

        fileprivate var help: String {
            switch self {
            case .flush: "Index files made of passages in memory."
            case .merge: "Index files made of index files."
            case .vectorMerge: "Vector segments made of vectors in memory and those in files."
            case .failure: "Index files that could not be written; what they were to hold stays in memory."
            case .damage: "Index files found missing or damaged, and made anew from the rows."
            }
        }
    }

    private struct State {
        var counts: [Event: Int] = [:]
        var replayedPassages = 0
        var rebuiltPassages = 0
        var replayedVectors = 0
        var rereadVectors = 0
        var incomplete: Set<Place> = []
        var unwritable: Set<Place> = []
    }
    private let state = Mutex(State())

    func count(_ event: Event) { state.withLock { $0.counts[event, default: 0] += 1 } }

    /// Counts passages indexed from their rows when a tenant was opened.
    func countReplayed(_ passages: Int) { state.withLock { $0.replayedPassages += passages } }

    /// Counts passages indexed from their rows while searches went on.
    func countRebuilt(_ passages: Int) { state.withLock { $0.rebuiltPassages += passages } }

    /// Counts vectors read from their rows when a tenant was opened.
    func countReplayedVectors(_ vectors: Int) { state.withLock { $0.replayedVectors += vectors } }

    /// Counts vectors read from their rows while searches went on.
    func countRereadVectors(_ vectors: Int) { state.withLock { $0.rereadVectors += vectors } }

    /// Notes whether passages of a collection are missing from its index.
    func note(_ place: Place, isIncomplete: Bool) {
        state.withLock { state in
            if isIncomplete { state.incomplete.insert(place) } else { state.incomplete.remove(place) }
        }
    }

    /// Notes whether the last file of a collection could be written.
    func note(_ place: Place, isUnwritable: Bool) {
        state.withLock { state in
            if isUnwritable { state.unwritable.insert(place) } else { state.unwritable.remove(place) }
        }
    }

    /// Forgets a tenant that was closed.
    func forget(tenant: String) {
        state.withLock { state in
            state.incomplete = state.incomplete.filter { $0.tenant != tenant }
            state.unwritable = state.unwritable.filter { $0.tenant != tenant }
        }
    }

    /// What is not well now, without names of tenants: `/health` is open to all.
    package var warnings: [String] {
        let (incomplete, unwritable) = state.withLock { ($0.incomplete.count, $0.unwritable.count) }
        var warnings: [String] = []
        if incomplete > 0 {
            warnings.append(
                "\(incomplete) collections are being indexed again; until then searches do not find all of them")
        }
        if unwritable > 0 {
            warnings.append(
                "index files of \(unwritable) collections cannot be written; they are kept in memory, and opening them takes longer"
            )
        }
        return warnings
    }

    /// Whether searches miss passages now.
    var isIncomplete: Bool { state.withLock { !$0.incomplete.isEmpty } }

    /// Prometheus text.
    package var exposition: String {
        let state = state.withLock { $0 }
        var text = ""
        func write(_ name: String, _ help: String, _ kind: String, _ value: Int) {
            text +=
                "# HELP carrel_index_\(name) \(help)\n# TYPE carrel_index_\(name) \(kind)\ncarrel_index_\(name) \(value)\n"
        }
        for event in Event.allCases {
            write("\(event.rawValue)_total", event.help, "counter", state.counts[event] ?? 0)
        }
        write(
            "replayed_passages_total", "Passages indexed from their rows when a tenant was opened.", "counter",
            state.replayedPassages)
        write(
            "rebuilt_passages_total", "Passages indexed from their rows while searches went on.", "counter",
            state.rebuiltPassages)
        write(
            "replayed_vectors_total", "Vectors read from their rows when a tenant was opened.", "counter",
            state.replayedVectors)
        write(
            "reread_vectors_total", "Vectors read from their rows while searches went on.", "counter",
            state.rereadVectors)
        write(
            "incomplete_collections", "Collections of open tenants whose indexes miss passages now.", "gauge",
            state.incomplete.count)
        write(
            "unwritable_collections", "Collections of open tenants whose last index file could not be written.",
            "gauge", state.unwritable.count)
        return text
    }
}
