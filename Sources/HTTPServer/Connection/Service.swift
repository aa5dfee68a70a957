import Synchronization

/// What all connections of a server share: constants, and the number of connections.
final class Service: Sendable {
    let handler: HTTPHandler
    let limits: HTTPLimits
    let deadlines: Deadlines
    let tls: TLSContext?
    let errorAnswer: HTTPServerConfiguration.ErrorAnswer
    let addresses: AddressCounts
    let proxies: TrustedProxies
    private let openConnections = Atomic(0)
    private let refusals = Atomic(0)

    init(_ configuration: HTTPServerConfiguration, handler: @escaping HTTPHandler) {
        self.handler = handler
        limits = configuration.limits
        deadlines = Deadlines(configuration.timeouts)
        tls = configuration.tls
        errorAnswer = configuration.errorAnswer
        addresses = AddressCounts(
            limit: configuration.limits.connectionsPerAddress, countsLoopback: configuration.limits.countsLoopback)
        proxies = configuration.trustedProxies
    }

    /// What is known of a peer before its first byte.
    func origin(of peer: PeerAddress) -> ConnectionOrigin {
        var address: IPAddress?
        if case .ip(let text) = peer { address = IPAddress(text) }
        let isProxy = proxies.trusts(peer, address)
        return ConnectionOrigin(
            peer: peer, address: address, isProxy: isProxy, network: isProxy ? nil : addresses.counted(address))
    }

    /// Connections refused because the server had too many, whoever's they were.
    var refusalCount: Int { refusals.load(ordering: .relaxed) }

    var openConnectionCount: Int { openConnections.load(ordering: .relaxed) }

    /// Counts a connection in; returns how many there are above the limit of all, and above that of its address.
    func connectionOpened(_ origin: ConnectionOrigin) -> (excess: Int, ofAddress: Int) {
        let count = openConnections.add(1, ordering: .relaxed).newValue
        let excess = max(0, count - limits.connectionCount)
        if excess > 0 { refusals.add(1, ordering: .relaxed) }
        return (excess, origin.network.map(addresses.enter) ?? 0)
    }

    func connectionClosed(_ origin: ConnectionOrigin) {
        openConnections.subtract(1, ordering: .relaxed)
        if let network = origin.network { addresses.leave(network) }
    }
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
