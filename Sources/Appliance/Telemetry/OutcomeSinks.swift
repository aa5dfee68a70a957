import Access
import JSON
import TenantStore

/// Counts outcomes, under the names of the metrics page.
struct MetricsSink: OutcomeSink {
    let metrics: Metrics

    func begin(_ operation: Operation) {
        if operation.isMCP { metrics.add(1, to: .mcpActiveRequests) }
    }

    func record(_ outcome: Outcome) {
        let operation = outcome.operation
        let status = String(outcome.status)
        metrics.observe(outcome.duration, in: .requestDuration, [operation.name, status])
        if operation.isMCP {
            metrics.add(-1, to: .mcpActiveRequests)
            metrics.observe(outcome.duration, in: .mcpRequestDuration, [operation.name, status])
        }
        if operation == Operations.hybridSearch, outcome.status == 200, let tenant = outcome.tenant {
            metrics.add(to: .hybridSearches, [tenant.name.rawValue])
        }
        if [401, 403, 429].contains(outcome.status), let code = outcome.code { metrics.add(to: .refusals, [code]) }
    }
}

/// Writes one line an operation: names, numbers and ids, never what was asked or answered.
struct LogSink: OutcomeSink {
    let log: Log

    func record(_ outcome: Outcome) {
        let level: Log.Level =
            outcome.fault != nil
            ? .error : outcome.operation.authority == .open && outcome.status < 400 ? .debug : .info
        log.write(level, "request") { writer in
            writer.member("operation", outcome.operation.name)
            writer.member("status", outcome.status)
            if let code = outcome.code { writer.member("code", code) }
            writer.member("duration_ms", (outcome.duration.seconds * 100_000).rounded() / 100)
            if let tenant = outcome.tenant { writer.member("tenant_id", tenant.name.rawValue) }
            if !outcome.userID.isEmpty { writer.member("user_id", outcome.userID) }
            if let count = outcome.tally.resultCount { writer.member("results_count", count) }
            if let label = outcome.call.costLabel { writer.member("cost_label", label) }
            writer.member("request_id", outcome.call.requestID)
            writer.member("trace_id", outcome.call.trace.traceID)
            writer.member("span_id", outcome.call.trace.spanID)
            writer.member("client", outcome.call.clientAddress)
            if let name = outcome.call.certificateName { writer.member("client_certificate", name) }
            if let fault = outcome.fault { writer.member("fault", fault) }
        }
    }
}

/// Keeps usage and audit: a tenant's with the tenant, the operator's with the box.
struct LedgerSink: OutcomeSink {
    let registry: TenantRegistry
    let database: ApplianceDatabase
    let breaker: RecordBreaker
    let metrics: Metrics
    let log: Log
    let threads: ThreadPool

    func record(_ outcome: Outcome) async {
        // A change has its rows in its own transaction.
        guard outcome.operation.audit != .none, !outcome.tally.isRecorded, !outcome.isTurnedAway else { return }
        if let tenant = outcome.tenant {
            await record(outcome, of: tenant)
        } else {
            await recordForBox(outcome)
        }
    }

    private func record(_ outcome: Outcome, of tenant: TenantContext) async {
        var isKept = false
        if let engine = try? await registry.engine(for: tenant) {
            isKept = engine.recordRead(usage: outcome.usageRow, audit: outcome.auditRow)
        }
        breaker.note(kept: isKept, tenant: tenant.uid)
        guard !isKept else { return }
        metrics.add(to: .unrecordedReads)
        log.warning("records not kept", ["tenant_id": tenant.name.rawValue, "request_id": outcome.call.requestID])
    }

    /// The operator's rows are few and wait for the disk.
    private func recordForBox(_ outcome: Outcome) async {
        do {
            try await threads.run { [database] in try database.appendAudit([outcome.auditRow]) }
            breaker.note(kept: true, tenant: "")
        } catch {
            breaker.note(kept: false, tenant: "")
            log.error("box audit not kept", ["request_id": outcome.call.requestID, "reason": "\(error)"])
        }
    }
}

// MARK: - Rows

extension Outcome {
    /// Refused whatever was asked for: no credential, over the rate, a suspended tenant.
    ///
    /// Such calls fill no chain and open no tenant.
    fileprivate var isTurnedAway: Bool { status == 401 || status == 429 || code == "tenant_suspended" }

    var usageRow: UsageRow {
        UsageRow(
            time: startedAt.milliseconds, requestID: call.requestID, user: userID, operation: operation.name,
            status: String(status), duration: duration.wholeMicroseconds, byteCount: Int64(tally.responseBytes),
            tokenCount: 0, cost: 0)
    }

    var auditRow: AuditRow {
        AuditRow(
            time: startedAt.milliseconds, requestID: call.requestID, user: userID, credentialID: credentialID,
            operation: operation.name, target: tally.target, outcome: code ?? "ok", queryHash: tally.queryHash)
    }
}

extension RequestContext {
    /// The rows a change takes into its own transaction: there, they say that it was done.
    ///
    /// They are written before the answer exists: their status is 200, their duration 0 and their tokens and cost too.
    /// - Parameters:
    ///   - target: What the change is about.
    ///   - byteCount: Bytes of what came in; there is no answer yet to count.
    func writeOptions(passages: PassageMode? = nil, target: String, byteCount: Int) -> WriteOptions {
        tally.update { $0.target = target }
        return WriteOptions(
            passages: passages,
            usage: UsageRow(
                time: startedAt.milliseconds, requestID: requestID, user: userID, operation: operation.name,
                status: "200", duration: 0, byteCount: Int64(byteCount), tokenCount: 0, cost: 0),
            audit: AuditRow(
                time: startedAt.milliseconds, requestID: requestID, user: userID, credentialID: credentialID,
                operation: operation.name, target: target, outcome: "ok"))
    }
}

extension Duration {
    /// Whole microseconds, rounded up.
    var wholeMicroseconds: Int64 { Int64((seconds * 1_000_000).rounded(.up)) }
}
