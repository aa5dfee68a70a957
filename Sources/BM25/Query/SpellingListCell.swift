internal import IndexCore
internal import Synchronization

/// Where a segment keeps its ``SpellingList``, once it has one.
///
/// A list costs what some fifteen walks with two edits do, so it is made for the ninth word that is looked for: a segment
/// asked now and then pays nothing for it. In a small dictionary, and where the budget is spent, words are looked for by
/// ``FuzzyWalk``.
final class SpellingListCell: Sendable {
    /// Words below which a walk is as good.
    private static let leastWordCount = 2_048
    /// Words that are looked for before a list is made.
    private static let patience = 8

    private enum State {
        case none(requests: Int)
        /// Being made by the search that asked for it, while others walk.
        case inMaking
        case made(SpellingList)
    }

    private let state = Mutex(State.none(requests: 0))
    /// What a list takes; 0 if there will be none.
    private let byteCount: Int
    private let budget: SpellingListBudget

    init(wordCount: Int, budget: SpellingListBudget = .ofProcess) {
        byteCount = wordCount < Self.leastWordCount ? 0 : SpellingList.byteCount(wordCount)
        self.budget = budget
    }

    deinit {
        if isMade { budget.giveBack(byteCount) }
    }

    /// Whether there is a list.
    var isMade: Bool { state.withLock { if case .made = $0 { true } else { false } } }

    /// The segment's list; nil while it has none.
    /// - Throws: ``BM25Error/deadlineExceeded``.
    func list(_ dictionary: TermDictionary, deadline: SearchDeadline) throws(BM25Error) -> SpellingList? {
        guard byteCount > 0 else { return nil }
        let (list, isOurs) = state.withLock { (state: inout State) -> (SpellingList?, Bool) in
            switch state {
            case .made(let list): return (list, false)
            case .inMaking: return (nil, false)
            case .none(let requests) where requests < Self.patience:
                state = .none(requests: requests + 1)
                return (nil, false)
            case .none:
                guard budget.take(byteCount) else { return (nil, false) }
                state = .inMaking
                return (nil, true)
            }
        }
        guard isOurs else { return list }
        do {
            let list = try SpellingList(dictionary, deadline: deadline)
            state.withLock { $0 = .made(list) }
            return list
        } catch {
            state.withLock { $0 = .none(requests: Self.patience) }
            budget.giveBack(byteCount)
            throw error
        }
    }
}

/// The memory that spelling lists may take together.
package final class SpellingListBudget: Sendable {
    /// 64 MB for all segments of the process: words of some ten million passages.
    static let ofProcess = SpellingListBudget(64 << 20)

    private let limit: Int
    private let taken = Mutex(0)

    /// - Parameter limit: In bytes.
    package init(_ limit: Int) {
        self.limit = limit
    }

    /// Takes so many bytes; false if fewer are left.
    package func take(_ count: Int) -> Bool {
        taken.withLock { taken in
            guard count <= limit - taken else { return false }
            taken += count
            return true
        }
    }

    /// Gives back what was taken.
    package func giveBack(_ count: Int) {
        taken.withLock { $0 -= count }
    }
}
