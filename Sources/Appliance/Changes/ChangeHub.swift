package import MCP
import Synchronization

/// Who listens to which tenant's changes.
///
/// A tenant's feed outlives its engine: a tenant that was closed for room tells the same streams when it is opened again
/// and written to.
package final class ChangeHub: Sendable {
    private struct State {
        var feeds: [String: TenantChanges] = [:]
        /// Open streams by who opened them.
        var streams: [String: Int] = [:]
        var isClosed = false
    }
    private let state = Mutex(State())
    /// Streams that belong to no tenant.
    private let box = TenantChanges()

    package init() {}

    /// Where a tenant's writer tells what it changed.
    package func feed(of uid: String) -> TenantChanges {
        state.withLock { state in
            if let feed = state.feeds[uid] { return feed }
            let feed = TenantChanges()
            state.feeds[uid] = feed
            return feed
        }
    }

    /// Forgets a tenant that is deleted.
    func forget(_ uid: String) {
        state.withLock { state in _ = state.feeds.removeValue(forKey: uid) }
    }

    /// Listens until the subscription is released.
    /// - Parameters:
    ///   - uid: The tenant's; nil for a caller without one.
    ///   - credential: Whose streams are counted together.
    ///   - limit: Streams that one credential may have open.
    /// - Throws: ``ApplianceError/tooManyStreams(limit:)``.
    package func listen(
        _ listener: ChangeListener, tenant uid: String?, credential: String, limit: Int
    ) throws(ApplianceError) -> ChangeSubscription {
        let isAllowed = state.withLock { state in
            guard state.streams[credential, default: 0] < limit else { return false }
            state.streams[credential, default: 0] += 1
            return true
        }
        guard isAllowed else { throw .tooManyStreams(limit: limit) }
        let feed = uid.map(feed) ?? box
        let number = feed.add(listener)
        return ChangeSubscription(listener) { [self] in
            feed.remove(number)
            state.withLock { state in
                let left = state.streams[credential, default: 1] - 1
                state.streams[credential] = left > 0 ? left : nil
            }
        }
    }

    /// Says to everybody that a list of the box changed.
    package func announce(_ list: ServerCapabilities.Family) {
        for feed in allFeeds { feed.forEach { $0.note(list) } }
    }

    /// Says to everybody that what a provider outside the store holds changed.
    package func announce(resource uri: String) {
        for feed in allFeeds { feed.forEach { $0.note(.other(uri)) } }
    }

    private var allFeeds: [TenantChanges] { state.withLock { Array($0.feeds.values) } + [box] }

    /// Streams open now.
    package var streamCount: Int { state.withLock { $0.streams.values.reduce(0, +) } }

    /// Whether the box goes down: streams say so and end.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Ends every stream.
    func close() {
        state.withLock { $0.isClosed = true }
        for feed in allFeeds { feed.forEach { $0.signal.raise() } }
    }
}

/// The streams that listen to one tenant.
package final class TenantChanges: Sendable {
    private struct State {
        var listeners: [Int: ChangeListener] = [:]
        var next = 0
    }
    private let state = Mutex(State())

    package init() {}

    /// Whether anybody listens; writers gather nothing otherwise.
    package var isWatched: Bool { state.withLock { !$0.listeners.isEmpty } }

    func add(_ listener: ChangeListener) -> Int {
        state.withLock { state in
            state.next += 1
            state.listeners[state.next] = listener
            return state.next
        }
    }

    func remove(_ number: Int) {
        state.withLock { state in _ = state.listeners.removeValue(forKey: number) }
    }

    /// Tells a commit that is visible already.
    package func publish(_ change: TenantChange) {
        guard !change.isEmpty else { return }
        forEach { $0.note(change) }
    }

    func forEach(_ body: (ChangeListener) -> Void) {
        for listener in state.withLock({ Array($0.listeners.values) }) { body(listener) }
    }
}

/// A listener that is told for as long as this lives: a stream whose answer never began leaves nothing behind.
package final class ChangeSubscription: Sendable {
    let listener: ChangeListener
    private let end: @Sendable () -> Void

    init(_ listener: ChangeListener, end: @escaping @Sendable () -> Void) {
        self.listener = listener
        self.end = end
    }

    deinit { end() }
}
