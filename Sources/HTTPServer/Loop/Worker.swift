import CEvent
import Glibc

/// What one loop owns: its listeners, its connections and the sweep.
actor Worker {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private let service: Service
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var listeners: [Listener] = []
    private var sweepEvent: OpaquePointer?
    /// All workers, to deal connections out to.
    private var team: [Worker] = []
    private var turn = 0
    private var isDraining = false
    private var drained: [CheckedContinuation<Void, Never>] = []

    /// Above the limit on connections, this many at a time are told so.
    private static let refusedAtOnce = 128
    /// The same for one address.
    private static let refusedOfAddress = 8

    init(loop: EventLoop, service: Service) {
        self.loop = loop
        self.service = service
    }

    /// Begins to sweep, and to accept from `sockets`, dealing the connections out to `team`.
    func begin(_ sockets: [ListeningSocket], team: [Worker]) {
        self.team = team
        for (index, socket) in sockets.enumerated() {
            listeners.append(Listener(socket, worker: self, index: index, base: loop.base))
        }
        // Retained by its timer: only a drain ends a worker.
        sweepEvent = event_new(
            loop.base, -1, Int16(EV_PERSIST),
            { _, _, context in
                guard let context else { return }
                Unmanaged<Worker>.fromOpaque(context).takeUnretainedValue().assumeIsolated { $0.sweep() }
            }, Unmanaged.passRetained(self).toOpaque())
        let period = service.deadlines.sweep
        var interval = timeval(tv_sec: period / 1000, tv_usec: period % 1000 * 1000)
        event_add(sweepEvent, &interval)
    }

    private func sweep() {
        loop.clock.advance()
        for listener in listeners { listener.setAccepting(true) }
        for connection in connections.values { connection.assumeIsolated { $0.sweep() } }
    }

    // MARK: Connections

    /// libevent: somebody wants to connect.
    func acceptReady(_ index: Int) {
        guard listeners.indices.contains(index) else { return }
        acceptAll(listeners[index], atMost: 64)
    }

    private func acceptAll(_ listener: Listener, atMost limit: Int) {
        for _ in 0..<limit {
            var storage = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let descriptor = carrel_accept(listener.socket.descriptor, &storage, &length)
            guard descriptor < 0 else {
                place(descriptor, listener.socket.isShared ? .sharedSocket : SocketAddress.peer(&storage, length))
                continue
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EAGAIN: return
            default:
                // Out of descriptors or memory: the next sweep tries again, instead of spinning until then.
                listener.setAccepting(false)
                return
            }
        }
    }

    private func place(_ descriptor: Int32, _ peer: PeerAddress) {
        let origin = service.origin(of: peer)
        let count = service.connectionOpened(origin)
        if count.excess > Self.refusedAtOnce || count.ofAddress > Self.refusedOfAddress {
            service.connectionClosed(origin)
            close(descriptor)
            return
        }
        if case .ip = peer {
            var one: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        turn = (turn + 1) % max(1, team.count)
        let isRefused = count.excess > 0 || count.ofAddress > 0
        if team.count <= 1 || team[turn] === self {
            adopt(descriptor, origin, isRefused: isRefused)
        } else {
            let other = team[turn]
            Task { await other.adopt(descriptor, origin, isRefused: isRefused) }
        }
    }

    private func adopt(_ descriptor: Int32, _ origin: ConnectionOrigin, isRefused: Bool) {
        let connection = Connection(loop: loop, worker: self, service: service, origin: origin)
        // Without a sweep it has been drained meanwhile.
        guard sweepEvent != nil, connection.assumeIsolated({ $0.open(descriptor: descriptor, isRefused: isRefused) })
        else {
            service.connectionClosed(origin)
            close(descriptor)
            return
        }
        connections[ObjectIdentifier(connection)] = connection
        if isRefused { connection.assumeIsolated { $0.refuse(RequestFault(503, "too many connections")) } }
        if isDraining { connection.assumeIsolated { $0.drain() } }
    }

    func remove(_ connection: Connection) {
        connections[ObjectIdentifier(connection)] = nil
        finishIfDrained()
    }

    // MARK: Going down

    /// Takes in whom the kernel has already greeted, closes the listeners and tells the connections.
    func beginDrain() {
        team = []
        for listener in listeners {
            acceptAll(listener, atMost: 4096)
            listener.close()
        }
        listeners = []
        isDraining = true
        for connection in connections.values { connection.assumeIsolated { $0.drain() } }
        finishIfDrained()
    }

    /// Returns when no connection is left; after ``beginDrain()``.
    func untilDrained() async {
        if sweepEvent == nil { return }
        await withCheckedContinuation { drained.append($0) }
    }

    /// The grace is over: what still works on an answer is to come to its end.
    func hurryAll() {
        for connection in connections.values { connection.assumeIsolated { $0.hurry() } }
    }

    /// Nothing more is waited for.
    func closeAll() {
        for connection in connections.values { connection.assumeIsolated { $0.close() } }
    }

    private func finishIfDrained() {
        guard isDraining, connections.isEmpty, let event = sweepEvent else { return }
        sweepEvent = nil
        event_free(event)
        for waiter in drained { waiter.resume() }
        drained = []
        Unmanaged.passUnretained(self).release()
    }
}
