/// One client connection, an actor on its loop's thread: libevent enters it with `assumeIsolated`, handlers with
/// `await`.
///
///     head ──► collecting ──► handling ──► flushing ──► head
///       │   (small body)        ▲  │           (answer not yet taken by the client)
///       └───────────────────────┘  └──► lingering ──► closed
///
/// A client of HTTP/2 goes from `head` to `multiplexed` with its first bytes, and from there to `lingering`; what it
/// asks and is answered is in ``HTTP2State``.
///
/// 1. Requests are answered one at a time; what a client sends ahead waits, at most 64 KiB of it.
/// 2. A request whose body did not come to its end is the last one of its connection.
/// 3. `closed` is final; every suspended writer and reader has been woken by then.
actor Connection {
    /// Where the connection stands; see the picture above.
    enum Phase {
        case head, collecting, handling, flushing, multiplexed, lingering, closed
    }

    /// More input than this is not read while a request is being answered.
    static let heldLimit = 64 * 1024

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    let service: Service
    let origin: ConnectionOrigin
    var peer: PeerAddress { origin.peer }
    private weak var worker: Worker?
    /// Of the peer's certificate, read at the first request.
    lazy var clientName = service.tls?.clients == nil ? nil : transport?.clientName

    var transport: Transport?
    var phase = Phase.head
    var decoder: RequestDecoder
    var exchange = Exchange()
    /// Set while the client speaks HTTP/2.
    var http2: HTTP2State?
    /// Whether the first bytes have told.
    var isProtocolKnown = false
    /// Read but not consumed; the first `heldStart` bytes are.
    var held: [UInt8] = []
    var heldStart = 0
    var isDraining = false
    /// The client will send nothing more.
    var inputEnded = false
    /// Unread input may be on its way; closing at once would destroy the answer.
    var mustLinger = false

    // Times in the milliseconds of the loop's clock.
    let openedAt: Int
    var phaseStart: Int
    var sawBytes = false
    var lastInput: Int
    var lastOutput: Int
    var lastSweep: Int
    var stallStart: Int
    var lastSentByteCount = 0
    var lingeredByteCount = 0

    init(loop: EventLoop, worker: Worker, service: Service, origin: ConnectionOrigin) {
        self.loop = loop
        self.worker = worker
        self.service = service
        self.origin = origin
        decoder = RequestDecoder(limits: service.limits)
        let now = loop.clock.now
        openedAt = now
        phaseStart = now
        lastInput = now
        lastOutput = now
        lastSweep = now
        stallStart = now
    }

    /// Takes the socket over and begins to read; false if it could not.
    ///
    /// - Parameter isRefused: It will be told so in HTTP/1, and nothing else is offered.
    func open(descriptor: Int32, isRefused: Bool) -> Bool {
        var tls: TLSSession?
        // The socket file needs none: its reach is this machine and its owner.
        if let context = service.tls, case .ip = peer {
            tls = context.session(on: descriptor, offersHTTP2: !isRefused)
            if tls == nil { return false }
        }
        transport = Transport(descriptor: descriptor, tls: tls, connection: self, base: loop.base)
        updateReading()
        return transport != nil
    }

    /// Asks libevent for input exactly if some could be used.
    func updateReading() {
        let isWanted =
            switch phase {
            case .closed: false
            case .head, .collecting, .lingering: !inputEnded
            case .flushing: !inputEnded && heldCount < Self.heldLimit
            case .multiplexed: !inputEnded && (transport?.pendingByteCount ?? 0) < HTTP2Limits.socketHighWater
            case .handling: !inputEnded && !exchange.isPaused && (!decoder.isComplete || heldCount < Self.heldLimit)
            }
        transport?.setReading(isWanted)
    }

    /// Ends the connection and everything that waits for it.
    func close() {
        guard phase != .closed else { return }
        let isBetweenRequests = phase == .head || phase == .lingering
        if let http2 = http2.take() { for stream in http2.streams.values { abandon(stream) } }
        phase = .closed
        transport?.close(politely: isBetweenRequests && transport?.pendingByteCount == 0)
        transport = nil
        held = []
        heldStart = 0
        let last = exchange
        exchange = Exchange(number: last.number + 1)
        last.pipe?.fail(HTTPError.peerClosed)
        for writer in last.writers { writer.resume(throwing: HTTPError.peerClosed) }
        last.task?.cancel()
        if let network = last.network { service.addresses.leave(network) }
        service.connectionClosed(origin)
        worker?.assumeIsolated { $0.remove(self) }
    }

    /// The server is going down: idle connections close, event streams end, anything else is finished first.
    func drain() {
        isDraining = true
        switch phase {
        case .head where !sawBytes && loop.clock.now > openedAt: close()
        case .multiplexed:
            if let http2 { drain(http2) }
        case .handling:
            if case .streaming(isEndless: true) = exchange.answer { exchange.task?.cancel() }
        default: break
        }
    }

    /// Cancels whatever works on an answer; what it says to that is still sent.
    func hurry() {
        exchange.task?.cancel()
        for stream in http2?.streams.values.map(\.self) ?? [] { stream.task?.cancel() }
    }
}
