internal import Glibc
internal import Synchronization

/// Counts refused credentials by address: after `perMinute` of them within a minute further ones get 429 instead of 401.
///
/// Ask only once a credential has been refused; a valid one is always served and a missing one does not count. IPv6 addresses
/// count by their /64, since a client owns at least that many. The window slides exactly; refusals answered with 429 do not
/// prolong it. Beyond `capacity` addresses those silent for longest are forgotten.
public final class RefusalLimiter: Sendable {
    /// How many are allowed in any 60 seconds; 0 is no limit.
    public let perMinute: Int
    private let refusals: Mutex<RecentMap<String, [ContinuousClock.Instant]>>

    /// A limiter with nothing counted; `perMinute` is taken as 0 to 1,000.
    public init(perMinute: Int = 10, capacity: Int = 8_192) {
        self.perMinute = min(max(perMinute, 0), 1_000)
        refusals = Mutex(RecentMap(capacity: capacity))
    }

    /// How many addresses are remembered.
    public var count: Int { refusals.withLock { $0.count } }

    /// Counts one refused credential from an address.
    public func refuse(_ address: String, now: ContinuousClock.Instant) -> RateDecision {
        guard perMinute > 0 else { return .allowed }
        let key = RefusalLimiter.key(of: address)
        return refusals.withLock { refusals in
            let window = Duration.seconds(60)
            var recent = refusals[key] ?? []
            recent.removeAll { $0.duration(to: now) >= window }
            guard recent.count < perMinute else {
                let wait = recent.first.map { window - $0.duration(to: now) } ?? window
                refusals[key] = recent
                return .limited(retryAfter: min(wait, window))
            }
            recent.append(now)
            refusals[key] = recent
            return .allowed
        }
    }

    /// What an address counts as: IPv4 (also mapped into IPv6) itself, IPv6 its first 8 bytes, anything else its text.
    static func key(of address: String) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard inet_pton(AF_INET6, address, &bytes) == 1 else { return String(address.prefix(64)) }
        if bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff] {
            return bytes.suffix(4).map(String.init).joined(separator: ".")
        }
        return Digest.hexadecimal(bytes.prefix(8))
    }
}
