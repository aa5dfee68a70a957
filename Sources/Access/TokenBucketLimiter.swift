internal import Synchronization

/// The answer of a limiter.
public enum RateDecision: Sendable, Hashable {
    /// Go on; counted.
    case allowed
    /// Not now, and not counted; the same call is allowed after `retryAfter` if nothing else comes between.
    case limited(retryAfter: Duration)

    /// Whole seconds for `Retry-After`, rounded up and at least 1; `nil` when allowed.
    public var retryAfterSeconds: Int? {
        guard case .limited(let wait) = self else { return nil }
        let parts = wait.components
        return Int(clamping: max(1, parts.seconds + (parts.attoseconds > 0 ? 1 : 0)))
    }
}

/// One bucket that a call draws from.
public struct RateDemand: Sendable, Hashable {
    /// Whose bucket, such as a tenant's id or a tenant's id with a user.
    public var key: String
    /// How fast it fills.
    ///
    /// Not above zero (or not a number): nothing is ever allowed. Infinite: no limit.
    public var ratePerSecond: Double
    /// How much it holds: whole tokens, taken as 1 to 1,000,000.
    public var burst: Double

    /// A draw on one bucket.
    public init(key: String, ratePerSecond: Double, burst: Double) {
        self.key = key
        self.ratePerSecond = ratePerSecond
        self.burst = burst
    }
}

/// Token buckets by key, all starting full.
///
/// Each bucket is one instant (the generic cell rate algorithm, ITU-T I.371): when it would be full again. That is exact,
/// where a counter of fractional tokens drifts. Beyond `capacity` keys those not used for longest are forgotten, hence full.
public final class TokenBucketLimiter: Sendable {
    private let fullAt: Mutex<RecentMap<String, ContinuousClock.Instant>>

    /// A limiter that remembers at most `capacity` keys.
    public init(capacity: Int = 65_536) { fullAt = Mutex(RecentMap(capacity: capacity)) }

    /// How many keys are remembered.
    public var count: Int { fullAt.withLock { $0.count } }

    /// Draws one token from one bucket.
    public func take(
        key: String, ratePerSecond: Double, burst: Double, now: ContinuousClock.Instant
    ) -> RateDecision {
        take([RateDemand(key: key, ratePerSecond: ratePerSecond, burst: burst)], now: now)
    }

    /// Draws one token from each bucket, or from none if one of them is empty.
    ///
    /// Keys must differ.
    /// - Returns: When limited, the longest of the waits.
    public func take(_ demands: [RateDemand], now: ContinuousClock.Instant) -> RateDecision {
        fullAt.withLock { buckets in
            var drawn: [(key: String, fullAt: ContinuousClock.Instant)] = []
            var longestWait: Duration?
            for demand in demands where demand.ratePerSecond != .infinity {
                guard demand.ratePerSecond > 0 else {
                    longestWait = max(longestWait ?? .zero, .seconds(3600))
                    continue
                }
                // One token a day at the slowest, so that no arithmetic below can leave the range of Duration.
                let interval = Duration.seconds(min(1 / demand.ratePerSecond, 86_400))
                let depth = demand.burst > 1 ? Int(min(demand.burst, 1_000_000)) : 1
                let capacity = interval * depth
                // A bucket is never emptier than empty under today's rate: a tenant moved to a faster tier is not held by debts.
                let full = min(max(buckets[demand.key] ?? now, now), now + capacity)
                let wait = now.duration(to: full) - (capacity - interval)
                if wait > .zero {
                    longestWait = max(longestWait ?? .zero, wait)
                } else {
                    drawn.append((demand.key, full + interval))
                }
            }
            if let longestWait { return .limited(retryAfter: longestWait) }
            for (key, fullAt) in drawn { buckets[key] = fullAt }
            return .allowed
        }
    }
}
