/// When an issuer's keys are fetched: a value that decides and remembers, without clock or network of its own.
package struct KeySchedule: Sendable {
    /// What a call that needs a key has to do.
    package enum Step: Equatable {
        /// Go on with the keys at hand.
        case useWhatIsThere
        /// Go on, and let a fetch run beside.
        case fetchBeside
        /// Wait for a fetch.
        case waitForFetch
    }

    /// Age at which keys are fetched again, so that one taken back at the issuer ends here too.
    package static let maximumAge = Duration.seconds(600)
    /// Pause between fetches that anybody can cause by a key id that nobody knows, and between attempts that failed while
    /// there are keys.
    package static let pause = Duration.seconds(60)
    /// Pause between attempts while there are no keys at all.
    package static let firstPause = Duration.seconds(5)

    private var succeededAt: ContinuousClock.Instant?
    private var triedAt: ContinuousClock.Instant?
    private var askedForUnknownAt: ContinuousClock.Instant?

    package init() {}

    /// Decides for one call; what it says is to be done.
    /// - Parameter knowsKey: Whether the keys at hand hold the one that is needed.
    package mutating func step(knowsKey: Bool, now: ContinuousClock.Instant) -> Step {
        guard let succeededAt else {
            if let triedAt, triedAt.duration(to: now) < Self.firstPause { return .useWhatIsThere }
            triedAt = now
            return .waitForFetch
        }
        if knowsKey {
            guard succeededAt.duration(to: now) >= Self.maximumAge,
                triedAt.map({ $0.duration(to: now) >= Self.pause }) ?? true
            else { return .useWhatIsThere }
            triedAt = now
            return .fetchBeside
        }
        if let askedForUnknownAt, askedForUnknownAt.duration(to: now) < Self.pause { return .useWhatIsThere }
        askedForUnknownAt = now
        triedAt = now
        return .waitForFetch
    }

    /// Keys have come.
    package mutating func succeeded(at now: ContinuousClock.Instant) { succeededAt = now }
}
