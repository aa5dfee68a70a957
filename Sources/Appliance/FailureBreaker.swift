/// Leaves something that failed several times in a row alone for a while: a value that counts.
package struct FailureBreaker: Sendable {
    /// Failures in a row that open it, and how long it stays open.
    private static let failureLimit = 3
    private static let pause = Duration.seconds(10)

    private var failures = 0
    private var opensAt: ContinuousClock.Instant?

    package init() {}

    /// Whether it is left alone now.
    package func isOpen(at now: ContinuousClock.Instant) -> Bool { opensAt.map { now < $0 } ?? false }

    package mutating func noteSuccess() {
        failures = 0
        opensAt = nil
    }

    package mutating func noteFailure(at now: ContinuousClock.Instant) {
        failures += 1
        if failures >= Self.failureLimit {
            failures = 0
            opensAt = now + Self.pause
        }
    }
}
