import Synchronization

/// Opens when a tenant's usage and audit rows cannot be kept: changes are refused then, since a change without its record must not be.
///
/// The bounded queue of a tenant's engine is drained at most once a second, so a refusal by it holds for a second; then
/// the next call tries again.
package final class RecordBreaker: Sendable {
    private static let pause = Duration.seconds(1)
    private let refusedAt = Mutex<[String: ContinuousClock.Instant]>([:])
    private let isRequiredForReads: Bool

    /// - Parameter isRequiredForReads: Whether reads too are refused (`audit.required`).
    package init(isRequiredForReads: Bool) {
        self.isRequiredForReads = isRequiredForReads
    }

    /// Notes whether the rows of a call could be kept.
    package func note(kept: Bool, tenant uid: String) {
        refusedAt.withLock { refusedAt in
            if !kept {
                refusedAt[uid] = .now
            } else if !refusedAt.isEmpty {
                refusedAt[uid] = nil
            }
        }
    }

    /// Refuses an operation whose records could not be kept.
    /// - Throws: ``ApplianceError/recordsBlocked(retryAfter:)``.
    func check(_ operation: Operation, of tenant: TenantContext?) throws(ApplianceError) {
        guard operation.changes || (isRequiredForReads && operation.audit != .none) else { return }
        let since = refusedAt.withLock { $0[tenant?.uid ?? ""] }
        if let since, since.duration(to: .now) < Self.pause { throw .recordsBlocked(retryAfter: Self.pause) }
    }

    /// Whether the last rows of this tenant were refused within the pause, so that answers can say so.
    package func isOpen(tenant uid: String) -> Bool {
        refusedAt.withLock { $0[uid] }.map { $0.duration(to: .now) < Self.pause } ?? false
    }
}
