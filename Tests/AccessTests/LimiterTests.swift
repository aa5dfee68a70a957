import Access
import TestKit
import Testing

@Suite("Limiters")
struct LimiterTests {
    private let start = ContinuousClock.now

    @Test func allowsABurstAndThenTheRate() {
        let limiter = TokenBucketLimiter()
        func take(_ seconds: Double) -> RateDecision {
            limiter.take(key: "t", ratePerSecond: 2, burst: 5, now: start + .seconds(seconds))
        }
        for _ in 0..<5 { #expect(take(0) == .allowed) }
        #expect(take(0) == .limited(retryAfter: .milliseconds(500)))
        #expect(take(0.25) == .limited(retryAfter: .milliseconds(250)))
        #expect(take(0.5) == .allowed)
        #expect(take(0.5) == .limited(retryAfter: .milliseconds(500)))
        for _ in 0..<5 { #expect(take(100) == .allowed) }
        #expect(take(100) == .limited(retryAfter: .milliseconds(500)))
    }

    @Test(arguments: [Tier.free, .pro, .enterprise])
    func tiersHoldOneMinuteAsBurst(tier: Tier) throws {
        let rate = try #require(tier.rate)
        let limiter = TokenBucketLimiter()
        let allowed = (0..<2_000).count { _ in
            limiter.take(key: "t", ratePerSecond: rate.perSecond, burst: rate.defaultBurst, now: start) == .allowed
        }
        #expect(Double(allowed) == tier.ratePerMinute)
    }

    @Test func keysAreApart() {
        let limiter = TokenBucketLimiter()
        #expect(limiter.take(key: "a", ratePerSecond: 1, burst: 1, now: start) == .allowed)
        #expect(limiter.take(key: "b", ratePerSecond: 1, burst: 1, now: start) == .allowed)
        #expect(limiter.take(key: "a", ratePerSecond: 1, burst: 1, now: start) != .allowed)
    }

    /// Never more than burst + rate x time, never less than what the promised wait says; against plain token arithmetic.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func agreesWithACounterOfTokens(seed: UInt64) {
        var bits = SeededRandom(seed: seed)
        let rate = Double.random(in: 0.01...1_000, using: &bits)
        let burst = Double(Int.random(in: 1...50, using: &bits))
        let limiter = TokenBucketLimiter()
        var tokens = burst
        var now = start
        for step in 0..<5_000 {
            let pause = Bool.random(using: &bits) ? 0 : Double.random(in: 0...3, using: &bits) / rate
            now += .seconds(pause)
            tokens = min(burst, tokens + pause * rate)
            switch limiter.take(key: "t", ratePerSecond: rate, burst: burst, now: now) {
            case .allowed:
                #expect(tokens > 1 - 1e-6, "seed \(seed) step \(step)")
                tokens -= 1
            case .limited(let wait):
                #expect(tokens < 1 + 1e-6, "seed \(seed) step \(step)")
                #expect(wait > .zero && wait <= .seconds(1 / rate) + .nanoseconds(1))
                now += wait
                tokens = min(burst, tokens + wait / .seconds(1) * rate)
                #expect(
                    limiter.take(key: "t", ratePerSecond: rate, burst: burst, now: now) == .allowed,
                    "seed \(seed) step \(step)")
                tokens -= 1
            }
        }
    }

    @Test func severalBucketsAreDrawnTogetherOrNotAtAll() {
        let limiter = TokenBucketLimiter()
        let tenant = RateDemand(key: "tenant", ratePerSecond: 1, burst: 3)
        let user = RateDemand(key: "tenant/user", ratePerSecond: 0.1, burst: 1)
        #expect(limiter.take([tenant, user], now: start) == .allowed)
        for _ in 0..<10 { #expect(limiter.take([tenant, user], now: start) == .limited(retryAfter: .seconds(10))) }
        // The refused calls above took nothing from the tenant.
        #expect(limiter.take([tenant], now: start) == .allowed)
        #expect(limiter.take([tenant], now: start) == .allowed)
        #expect(limiter.take([tenant], now: start) == .limited(retryAfter: .seconds(1)))
        #expect(limiter.take([], now: start) == .allowed)
    }

    @Test func aFasterRateTakesEffectAtOnce() {
        let limiter = TokenBucketLimiter()
        for _ in 0..<10 { _ = limiter.take(key: "t", ratePerSecond: 1.0 / 3600, burst: 10, now: start) }
        #expect(limiter.take(key: "t", ratePerSecond: 1.0 / 3600, burst: 10, now: start) != .allowed)
        #expect(
            limiter.take(key: "t", ratePerSecond: 100, burst: 10, now: start) == .limited(retryAfter: .milliseconds(10))
        )
    }

    @Test func aClockThatGoesBackHarmsNobody() {
        let limiter = TokenBucketLimiter()
        #expect(limiter.take(key: "t", ratePerSecond: 1, burst: 1, now: start + .seconds(1_000)) == .allowed)
        #expect(limiter.take(key: "t", ratePerSecond: 1, burst: 1, now: start) == .limited(retryAfter: .seconds(1)))
    }

    @Test(arguments: [0, -1, -Double.infinity, .nan])
    func noRateAllowsNothing(rate: Double) {
        #expect(
            TokenBucketLimiter().take(key: "t", ratePerSecond: rate, burst: 10, now: start)
                == .limited(retryAfter: .seconds(3600)))
    }

    @Test(
        arguments: [Double.leastNonzeroMagnitude, 1e-300, 1, 1e300, .greatestFiniteMagnitude, .infinity],
        [Double.nan, -1, 0, 1, 1e300, .infinity])
    func extremesDoNotTrap(rate: Double, burst: Double) {
        let limiter = TokenBucketLimiter()
        #expect(limiter.take(key: "t", ratePerSecond: rate, burst: burst, now: start) == .allowed)
        for _ in 0..<3 { _ = limiter.take(key: "t", ratePerSecond: rate, burst: burst, now: start) }
    }

    @Test func remembersABoundedNumberOfKeys() {
        let limiter = TokenBucketLimiter(capacity: 100)
        for key in 0..<10_000 {
            _ = limiter.take(key: "\(key)", ratePerSecond: 1, burst: 1, now: start)
            #expect(limiter.take(key: "busy", ratePerSecond: 1, burst: 1, now: start) == .allowed || key > 0)
            #expect(limiter.count <= 100)
        }
        // A key in use is never forgotten.
        #expect(limiter.take(key: "busy", ratePerSecond: 1, burst: 1, now: start) != .allowed)
    }

    @Test func retryAfterIsRoundedUp() {
        #expect(RateDecision.limited(retryAfter: .milliseconds(1)).retryAfterSeconds == 1)
        #expect(RateDecision.limited(retryAfter: .milliseconds(2_001)).retryAfterSeconds == 3)
        #expect(RateDecision.limited(retryAfter: .seconds(2)).retryAfterSeconds == 2)
        #expect(RateDecision.limited(retryAfter: .zero).retryAfterSeconds == 1)
        #expect(RateDecision.allowed.retryAfterSeconds == nil)
    }

    @Test func theEleventhRefusalOfAMinuteIsLimited() {
        let limiter = RefusalLimiter()
        for second in 0..<10 { #expect(limiter.refuse("192.0.2.1", now: start + .seconds(second)) == .allowed) }
        #expect(limiter.refuse("192.0.2.1", now: start + .seconds(10)) == .limited(retryAfter: .seconds(50)))
        #expect(limiter.refuse("192.0.2.2", now: start + .seconds(10)) == .allowed)
        #expect(limiter.refuse("192.0.2.1", now: start + .seconds(59)) == .limited(retryAfter: .seconds(1)))
        #expect(limiter.refuse("192.0.2.1", now: start + .seconds(60)) == .allowed)
        #expect(limiter.refuse("192.0.2.1", now: start + .seconds(60)) == .limited(retryAfter: .seconds(1)))
    }

    @Test func zeroTurnsRefusalsOff() {
        let limiter = RefusalLimiter(perMinute: 0)
        for _ in 0..<100 { #expect(limiter.refuse("192.0.2.1", now: start) == .allowed) }
        #expect(limiter.count == 0)
    }

    @Test func oneNetworkCountsAsOneAddress() {
        let limiter = RefusalLimiter(perMinute: 2)
        #expect(limiter.refuse("2001:db8:1:2::1", now: start) == .allowed)
        #expect(limiter.refuse("2001:0db8:0001:0002:ffff::9", now: start) == .allowed)
        #expect(limiter.refuse("2001:db8:1:2:3:4:5:6", now: start) != .allowed)
        #expect(limiter.refuse("2001:db8:1:3::1", now: start) == .allowed)
        #expect(limiter.refuse("192.0.2.7", now: start) == .allowed)
        #expect(limiter.refuse("::ffff:192.0.2.7", now: start) == .allowed)
        #expect(limiter.refuse("192.0.2.7", now: start) != .allowed)
        #expect(limiter.refuse("unix", now: start) == .allowed)
    }

    @Test func refusalsAreBounded() {
        let limiter = RefusalLimiter(perMinute: 10, capacity: 50)
        for address in 0..<1_000 { _ = limiter.refuse("host\(address)", now: start) }
        #expect(limiter.count <= 50)
    }
}
