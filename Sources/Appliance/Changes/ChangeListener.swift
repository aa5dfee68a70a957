package import MCP
import Synchronization

/// What one stream is to be told and was not told yet.
///
/// It holds each watched address at most once, so it never grows beyond what was subscribed, however many writes come
/// while its reader stalls.
package final class ChangeListener: Sendable {
    /// What it was promised.
    let filter: SubscriptionFilter
    /// Raised when there is something to take.
    let signal = StreamSignal()
    private let places: [WatchedResource: [Int]]
    private let pending = Mutex(Pending())

    private struct Pending {
        var lists: Set<ServerCapabilities.Family> = []
        var resources: Set<Int> = []
    }

    /// What is due: lists that changed, then addresses in the order of the subscription.
    package struct Due {
        package let lists: [ServerCapabilities.Family]
        package let resources: [String]
        package var isEmpty: Bool { lists.isEmpty && resources.isEmpty }
    }

    /// - Parameter watched: What each address of the filter stands for, in its order.
    package init(_ filter: SubscriptionFilter, watched: [WatchedResource]) {
        self.filter = filter
        places = Dictionary(grouping: watched.indices) { watched[$0] }
    }

    /// Takes what is due; it is due no more.
    package func take() -> Due {
        let taken = pending.withLock { pending in
            let taken = pending
            pending = Pending()
            return taken
        }
        return Due(
            lists: ServerCapabilities.Family.allCases.filter(taken.lists.contains),
            resources: taken.resources.sorted().map { filter.resources[$0] })
    }

    /// A commit of the stream's tenant.
    package func note(_ change: TenantChange) {
        var touched: [Int] = []
        if !places.isEmpty {
            for name in change.collections { touched += places[.collection(name)] ?? [] }
            if change.documents.count <= places.count {
                for key in change.documents { touched += places[.document(key)] ?? [] }
            } else {
                let documents = Set(change.documents)
                for (resource, indices) in places {
                    if case .document(let key) = resource, documents.contains(key) { touched += indices }
                }
            }
            for (resource, indices) in places where !change.dropped.isEmpty {
                if case .document(let key) = resource, change.dropped.contains(key.collection) { touched += indices }
            }
        }
        note(lists: change.changesList && filter.resourcesListChanged ? [.resources] : [], places: touched)
    }

    /// A list of the whole box.
    package func note(_ list: ServerCapabilities.Family) {
        let isWanted =
            switch list {
            case .tools: filter.toolsListChanged
            case .prompts: filter.promptsListChanged
            case .resources: filter.resourcesListChanged
            case .completions: false
            }
        if isWanted { note(lists: [list], places: []) }
    }

    /// What a provider announces.
    package func note(_ resource: WatchedResource) {
        note(lists: [], places: places[resource] ?? [])
    }

    private func note(lists: Set<ServerCapabilities.Family>, places: [Int]) {
        guard !lists.isEmpty || !places.isEmpty else { return }
        pending.withLock { pending in
            pending.lists.formUnion(lists)
            pending.resources.formUnion(places)
        }
        signal.raise()
    }
}
