import Synchronization

/// What all connections of a server share: constants, and the number of connections.
final class Service: Sendable {
    let handler: HTTPHandler
    let limits: HTTPLimits
    let deadlines: Deadlines
    let tls: TLSContext?
    let errorAnswer: HTTPServerConfiguration.ErrorAnswer
    private let openConnections = Atomic(0)

    init(_ configuration: HTTPServerConfiguration, handler: @escaping HTTPHandler) {
        self.handler = handler
        limits = configuration.limits
        deadlines = Deadlines(configuration.timeouts)
        tls = configuration.tls
        errorAnswer = configuration.errorAnswer
    }

    var openConnectionCount: Int { openConnections.load(ordering: .relaxed) }

    /// Counts a connection in and returns the new number.
    func connectionOpened() -> Int { openConnections.add(1, ordering: .relaxed).newValue }

    func connectionClosed() { openConnections.subtract(1, ordering: .relaxed) }
}

/// ``HTTPTimeouts`` in the milliseconds of ``LoopClock``.
struct Deadlines: Sendable {
    let head: Int
    let keepAlive: Int
    let bodySilence: Int
    let bodyGrace: Int
    let bodyRate: Int
    let writeStall: Int
    let linger: Int
    let halfClosed: Int
    let sweep: Int

    init(_ timeouts: HTTPTimeouts) {
        func milliseconds(_ duration: Duration) -> Int {
            // A year is for ever, and leaves room to add.
            let bounded = min(max(duration, .zero), .seconds(31_536_000))
            return Int(bounded.components.seconds) * 1000 + Int(bounded.components.attoseconds / 1_000_000_000_000_000)
        }
        head = milliseconds(timeouts.head)
        keepAlive = milliseconds(timeouts.keepAlive)
        bodySilence = milliseconds(timeouts.bodySilence)
        bodyGrace = milliseconds(timeouts.bodyGrace)
        bodyRate = timeouts.bodyRate
        writeStall = milliseconds(timeouts.writeStall)
        linger = milliseconds(timeouts.linger)
        halfClosed = milliseconds(timeouts.halfClosed)
        sweep = max(1, milliseconds(timeouts.sweep))
    }
}
