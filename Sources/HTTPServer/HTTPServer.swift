import Synchronization

/// Serves HTTP/1.1 on TCP, with TLS or without, and on unix sockets.
///
/// An event loop is a thread with a libevent base and a Swift executor on it; every connection is an actor that lives
/// on one loop, and its handler runs there too. Start once, drain once: a server that is only released goes on serving.
public final class HTTPServer: Sendable {
    private struct State {
        var isStarted = false
        var workers: [Worker] = []
    }

    private let configuration: HTTPServerConfiguration
    private let service: Service
    private let state = Mutex(State())

    /// Makes a server; nothing is opened yet.
    public init(_ configuration: HTTPServerConfiguration, handler: @escaping HTTPHandler) {
        self.configuration = configuration
        service = Service(configuration, handler: handler)
    }

    /// Binds every address, or none, and begins to accept.
    ///
    /// - Returns: What is bound, in the order configured; a name may give several.
    /// - Throws: ``HTTPServerError/addressInUse(_:)`` if somebody listens there, or another reason.
    @discardableResult
    public func start() throws(HTTPServerError) -> [BoundAddress] {
        if configuration.listeners.isEmpty { throw .noListener }
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { throw .alreadyStarted }
        var sockets: [ListeningSocket] = []
        do throws(HTTPServerError) {
            for address in configuration.listeners { sockets += try ListeningSocket.open(address) }
            var workers: [Worker] = []
            for _ in 0..<max(1, configuration.loops) {
                workers.append(Worker(loop: try EventLoop(), service: service))
            }
            begin(workers, sockets)
        } catch {
            for socket in sockets { socket.close() }
            throw error
        }
        return sockets.map(\.address)
    }

    /// The first worker accepts for all: with a listener per loop (`SO_REUSEPORT`), a second server started by mistake
    /// would share the port instead of being told that it is in use.
    private func begin(_ workers: [Worker], _ sockets: [ListeningSocket]) {
        // The one that accepts comes last, when the others are ready.
        for (index, worker) in workers.enumerated().reversed() {
            worker.loop.perform {
                worker.assumeIsolated { $0.begin(index == 0 ? sockets : [], team: workers) }
            }
        }
        state.withLock { $0.workers = workers }
    }

    /// For an answer of a handler that was cancelled because the grace is over.
    private static let lastWord = Duration.seconds(1)

    /// Stops accepting, lets what runs finish, and returns when no connection is left.
    ///
    /// Whoever the kernel has already accepted is still served. Idle connections close at once, running requests are
    /// answered with `Connection: close`, endless event streams are cancelled and end with a proper last chunk; uploads
    /// and other streams go on. After `grace` handlers are cancelled, so that they can say why they have no better answer,
    /// and what is not done a second later is cut.
    /// - Parameter lastCall: Called when the grace is over, before handlers are cancelled.
    public func drain(grace: Duration, lastCall: @escaping @Sendable () -> Void = {}) async {
        let workers = state.withLock { $0.workers }
        for worker in workers { await worker.beginDrain() }
        let executioner = Task {
            try await Task.sleep(for: grace)
            lastCall()
            for worker in workers { await worker.hurryAll() }
            try await Task.sleep(for: Self.lastWord)
            for worker in workers { await worker.closeAll() }
        }
        for worker in workers { await worker.untilDrained() }
        executioner.cancel()
    }

    /// Connections and forwarded requests refused so far: because there were too many in all, or too many of one client.
    public var refusalCounts: (ofAll: Int, ofOneClient: Int) {
        (service.refusalCount, service.addresses.refusalCount)
    }

    /// Connections open now, those of refused clients included.
    public var openConnectionCount: Int { service.openConnectionCount }
}
