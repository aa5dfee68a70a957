import Access
import TenantStore

/// The rates of tenants and of users inside them: token buckets in memory, whose burst is one minute unless set.
package struct RateLimits: Sendable {
    private let limiter = TokenBucketLimiter()
    private let perMinute: [Tier: Double]
    private let userShare: Double

    package init(_ configuration: Configuration) {
        perMinute = [
            .free: configuration.freeRatePerMinute, .pro: configuration.proRatePerMinute,
            .enterprise: configuration.enterpriseRatePerMinute,
        ]
        userShare = configuration.userShareOfRate
    }

    /// Draws one call from the tenant's and the user's bucket, or from neither.
    /// - Throws: ``ApplianceError/rateLimited(retryAfter:)``.
    func take(tenant: TenantRecord, user: String) throws(ApplianceError) {
        guard let rate = tenant.ratePerMinute ?? Tier(rawValue: tenant.tier).flatMap({ perMinute[$0] }) else { return }
        let burst = tenant.burst ?? max(1, rate.rounded())
        let demands = [
            RateDemand(key: tenant.uid, ratePerSecond: rate / 60, burst: burst),
            RateDemand(
                key: tenant.uid + "/" + user, ratePerSecond: rate * userShare / 60, burst: max(1, burst * userShare)),
        ]
        if case .limited(let wait) = limiter.take(demands, now: .now) { throw .rateLimited(retryAfter: wait) }
    }
}
