import Access
import Appliance
import BM25
import HNSW
import HTTPServer
import IndexCore
import TenantStore
import Testing

/// The one table from errors to what clients see.
@Suite struct DoorProblemTests {
    private static let failure = SQLiteFailure(
        code: 13, message: "database or disk is full", sql: "INSERT INTO passage VALUES (?)",
        path: "/data/t/tenant.sqlite")

    static let cases: [(error: any Error, status: Int, code: String)] = [
        (ApplianceError.credentialMissing, 401, "authentication_required"),
        (ApplianceError.scopeMissing(.write), 403, "insufficient_scope"),
        (ApplianceError.rateLimited(retryAfter: .seconds(3)), 429, "rate_limit_exceeded"),
        (ApplianceError.documentNotFound(id: "x"), 404, "document_not_found"),
        (ApplianceError.busy(retryAfter: .seconds(1)), 503, "busy"), (ApplianceError.storageFull, 507, "storage_full"),
        (ApplianceError.recordsBlocked(retryAfter: .seconds(1)), 503, "records_blocked"),
        (StoreError.full(failure), 507, "storage_full"), (StoreError.readOnly(failure), 503, "read_only"),
        (StoreError.busy(failure), 503, "busy"), (StoreError.corrupt(failure), 500, "internal_error"),
        (HTTPError.bodyTooLarge(limit: 5), 413, "payload_too_large"), (HTTPError.peerClosed, 499, "cancelled"),
        (CancellationError(), 499, "cancelled"), (IndexError.deadlineExceeded, 504, "timeout"),
        (BM25Error.deadlineExceeded, 504, "timeout"), (HNSWError.deadlineExceeded, 504, "timeout"),
        (AccessError.invalidTenantName("X"), 400, "invalid_argument"),
        (ApplianceError.internalFault("secret words"), 500, "internal_error"),
    ]

    @Test(arguments: cases.indices) func `an error has one status and one code`(index: Int) {
        let entry = Self.cases[index]
        let problem = Problem(entry.error)
        #expect(problem.status == entry.status, "\(entry.error)")
        #expect(problem.code == entry.code, "\(entry.error)")
        for secret in ["secret words", "INSERT", "/data/", "SQLite"] { #expect(!problem.detail.contains(secret)) }
        if entry.status == 500 { #expect(problem.fault?.isEmpty == false, "the log tells") }
    }

    @Test func `callers' text is quoted, cut and printable`() {
        let problem = Problem(ApplianceError.documentNotFound(id: "a\nb" + String(repeating: "x", count: 600)))
        #expect(problem.detail.utf8.count < 200)
        #expect(!problem.detail.contains("\n"))
    }
}
