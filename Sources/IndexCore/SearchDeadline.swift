/// Stops a long engine loop: a point in time, a caller that left, or both.
///
/// Engines call ``check()`` at block boundaries (every few thousand postings or vectors), never per item.
public struct SearchDeadline: Sendable {
    private let instant: ContinuousClock.Instant?
    private let isCancelled: (@Sendable () -> Bool)?

    /// A deadline at `instant` (`nil`: none), reached early when `isCancelled` says so.
    public init(instant: ContinuousClock.Instant?, isCancelled: (@Sendable () -> Bool)? = nil) {
        self.instant = instant
        self.isCancelled = isCancelled
    }

    /// Never reached.
    public static let none = SearchDeadline(instant: nil)

    /// Returns when work may go on.
    /// - Throws: ``IndexError/deadlineExceeded``.
    public func check() throws(IndexError) {
        if let isCancelled, isCancelled() {
            throw .deadlineExceeded
        }
        if let instant, ContinuousClock.now >= instant {
            throw .deadlineExceeded
        }
    }
}
