import Synchronization

/// How much each client has open, so that one alone cannot take everything.
///
/// A client is an IPv4 address or the /64 network of an IPv6 one. Only addresses with something open are remembered.
final class AddressCounts: Sendable {
    private let limit: Int
    private let countsLoopback: Bool
    private let counts = Mutex<[IPAddress: Int]>([:])
    private let refusals = Atomic(0)

    /// - Parameter limit: Most of one client; 0 is none.
    init(limit: Int, countsLoopback: Bool) {
        self.limit = limit
        self.countsLoopback = countsLoopback
    }

    /// How often ``enter(_:)`` found too much open.
    var refusalCount: Int { refusals.load(ordering: .relaxed) }

    /// What this address counts as; nil for one that may have any number.
    func counted(_ address: IPAddress?) -> IPAddress? {
        guard limit > 0, let address, countsLoopback || !address.isLoopback else { return nil }
        return address.network
    }

    /// Counts one in.
    /// - Returns: How many there are above the limit.
    func enter(_ network: IPAddress) -> Int {
        let excess = counts.withLock { counts in
            counts[network, default: 0] += 1
            return max(0, counts[network, default: 0] - limit)
        }
        if excess > 0 { refusals.add(1, ordering: .relaxed) }
        return excess
    }

    func leave(_ network: IPAddress) {
        counts.withLock { counts in
            let rest = (counts[network] ?? 0) - 1
            counts[network] = rest > 0 ? rest : nil
        }
    }
}

/// Where a connection comes from.
struct ConnectionOrigin: Sendable {
    let peer: PeerAddress
    /// Of an IP peer.
    let address: IPAddress?
    /// What it says of its clients is believed.
    let isProxy: Bool
    /// What the connection counts as; a proxy's carries many clients and counts as none.
    let network: IPAddress?
}
