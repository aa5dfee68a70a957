import Synchronization

/// How one operation ended: each ends in exactly one.
package struct Outcome: Sendable {
    package let operation: Operation
    package let call: Call
    /// Nil when the call was refused before its tenant was known.
    package let tenant: TenantContext?
    package let userID: String
    package let credentialID: String
    /// As in HTTP, whatever the door: 200 for success.
    package let status: Int
    /// The problem's code; nil for success.
    package let code: String?
    /// What broke on our side, for the log alone.
    package let fault: String?
    package let startedAt: Timestamp
    package let duration: Duration
    package let tally: Tally.Values
}

/// Where outcomes go: metrics, log, the tenant's usage and audit.
package protocol OutcomeSink: Sendable {
    /// Takes note that an operation begins.
    func begin(_ operation: Operation)
    /// Takes note of an outcome; must not block and cannot fail the call, which is over.
    func record(_ outcome: Outcome) async
}

/// What an operation counts about itself while it runs; read once, by its outcome.
package final class Tally: Sendable {
    /// The counts.
    package struct Values: Sendable {
        /// Hits, documents or lines the answer holds.
        package var resultCount: Int?
        /// Bytes of the answer, if it was counted.
        package var responseBytes = 0
        /// Keyed hash of the query, for the audit row; its text is never kept here.
        package var queryHash: [UInt8] = []
        /// What the operation was about, for the audit row: a collection, a document's collection, a tenant.
        package var target = ""
        /// The status told to the caller, where the work answered without success and without throwing.
        package var status: Int?
        /// Whether usage and audit rows went into the operation's own transaction.
        package var isRecorded = false
    }

    private let values = Mutex(Values())

    package init() {}

    /// Changes the counts.
    package func update(_ change: (inout Values) -> Void) {
        values.withLock { change(&$0) }
    }

    /// The counts so far.
    package var current: Values { values.withLock { $0 } }
}

extension OutcomeSink {
    package func begin(_ operation: Operation) {}
}
