import A2A
package import Access
import BM25
import Embedding
import HNSW
import HTTPServer
import IndexCore
import JSON
import JSONRPC
import TenantStore

/// An error as a client may see it, and as the log must.
///
/// This file is the single table from errors to HTTP status, problem code and JSON-RPC code. Messages say what, where and
/// what to do; what belongs to us alone stays in ``fault``.
package struct Problem: Sendable {
    /// HTTP status.
    package var status: Int
    /// A stable word for programs.
    package var code: String
    /// The class of the problem, the same for every occurrence.
    package var title: String
    /// What happened this time.
    package var detail: String
    /// JSON-RPC code, outside the ranges that JSON-RPC and MCP keep for themselves where the gate speaks.
    package var rpcCode = -32603
    /// When to come again.
    package var retryAfter: Duration?
    /// For 405.
    package var allowedMethods: [String] = []
    /// For 401 and 403: what the credential needs.
    package var neededScope: Scope?
    /// For the log alone: what the client is not told.
    package var fault: String?

    /// Whether the caller can change something about it.
    package var isCallersToMend: Bool { status < 500 }

    private init(_ status: Int, _ code: String, _ title: String, _ detail: String) {
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
    }
}

extension Problem {
    /// Looks an error up.
    package init(_ error: any Error) {
        switch error {
        case let error as ApplianceError: self.init(error)
        case let error as StoreError: self.init(error)
        case let error as HTTPError: self.init(error)
        case let error as JSONError: self.init(.malformedJSON(offset: error.offset, reason: "\(error)"))
        case IndexError.deadlineExceeded, BM25Error.deadlineExceeded, HNSWError.deadlineExceeded: self = .timedOut
        case let error as BM25Error where error == .deadlineExceeded: self = .timedOut
        case let error as HNSWError where error == .deadlineExceeded: self = .timedOut
        case EmbeddingError.overloaded: self.init(ApplianceError.busy(retryAfter: .seconds(1)))
        case EmbeddingError.cancelled: self.init(ApplianceError.cancelled)
        case EmbeddingError.shutDown: self.init(ApplianceError.shuttingDown)
        case let error as AccessError: self.init(error)
        case let error as A2AError: self.init(A2AFailure(error))
        case let error as EmbeddingError: self = .internalProblem("embedding: \(error)")
        case let error as RPCError where error.code != RPCError.internalError.code: self.init(error)
        case is CancellationError: self.init(.cancelled)
        default: self = .internalProblem("\(error)")
        }
    }

    private init(_ error: ApplianceError) {
        switch error {
        case .credentialMissing, .credentialRefused, .tooManyRefusals, .scopeMissing, .tenantSuspended, .rateLimited,
            .tooManyStreams:
            self = Self.refusal(error)
        case .hostNotServed, .originNotAllowed, .routeNotFound, .methodNotAllowed, .unsupportedMediaType,
            .malformedJSON, .invalidArgument, .invalidArguments, .payloadTooLarge, .invalidCursor:
            self = Self.request(error)
        case .unknownCollection, .unknownSpace, .noCollectionChosen, .collectionExists, .collectionFull,
            .collectionSettingsConflict,
            .ambiguousDocument, .documentNotFound, .receiptUnknown, .preconditionFailed, .settingsChanged,
            .tenantNotFound, .tenantExists,
            .modelNotFound:
            self = Self.content(error)
        case .tooManyTasks, .idempotencyKeyReused: self = Self.task(error)
        case .jobNotFound, .uploadGap, .uploadConflict, .uploadTakenOver: self = Self.upload(error)
        case .busy, .timeout, .cancelled, .shuttingDown, .identityProviderUnavailable: self = Self.passing(error)
        case .storageFull, .readOnly, .noModel, .recordsBlocked, .dataFolderHeld, .configuration, .listenRefused:
            self = Self.operators(error)
        case .corrupt(let what): self = .internalProblem("corrupt: \(what)")
        case .internalFault(let text): self = .internalProblem(text)
        }
    }
}

// MARK: - The table

extension Problem {
    private static func refusal(_ error: ApplianceError) -> Problem {
        var problem: Problem
        switch error {
        case .credentialMissing:
            problem = Problem(
                401, "authentication_required", "Authentication required",
                "send Authorization: Bearer with a token or an API key")
        case .credentialRefused(let reason):
            problem = Problem(401, "invalid_token", "Authentication required", reason)
        case .tooManyRefusals(let wait):
            problem = Problem(
                429, "too_many_refused_credentials", "Too many refused credentials",
                "this address sent too many credentials that are not valid; try again in \(wait.retryAfterSeconds) s")
            problem.retryAfter = wait
        case .scopeMissing(let scope):
            problem = Problem(
                403, "insufficient_scope", "Not allowed", "this needs a credential with scope \(scope.rawValue)")
            problem.neededScope = scope
        case .tenantSuspended(let name):
            problem = Problem(403, "tenant_suspended", "Not allowed", "tenant \(name) is suspended by the operator")
        case .rateLimited(let wait):
            problem = Problem(
                429, "rate_limit_exceeded", "Rate limit exceeded", "try again in \(wait.retryAfterSeconds) s")
            problem.retryAfter = wait
        case .tooManyStreams(let limit):
            problem = Problem(
                429, "too_many_streams", "Too many streams",
                "this credential has \(limit) event streams open; close one first")
            problem.retryAfter = .seconds(5)
        default: return .internalProblem("\(error)")
        }
        problem.rpcCode = problem.status == 401 ? -31001 : problem.status == 403 ? -31002 : -31003
        return problem
    }

    private static func request(_ error: ApplianceError) -> Problem {
        var problem: Problem
        switch error {
        case .hostNotServed:
            problem = Problem(
                421, "host_not_served", "Host not served",
                "the Host header names no host of this server; the operator allows more by --allow-host or --public-url"
            )
        case .originNotAllowed:
            problem = Problem(
                403, "origin_not_allowed", "Origin not allowed", "pages of this origin may not call this server")
        case .routeNotFound:
            problem = Problem(
                404, "route_not_found", "Not found", "there is nothing at this path; / tells what there is")
        case .methodNotAllowed(let allowed):
            problem = Problem(
                405, "method_not_allowed", "Method not allowed", "this path takes \(allowed.joined(separator: ", "))")
            problem.allowedMethods = allowed
        case .unsupportedMediaType(let expected):
            problem = Problem(
                415, "unsupported_media_type", "Unsupported media type", "send Content-Type: \(expected)")
        case .malformedJSON(_, let reason):
            problem = Problem(400, "malformed_json", "Malformed JSON", reason)
        case .invalidArgument(let name, let reason):
            problem = Problem(400, "invalid_argument", "Invalid argument", "`\(name)` \(reason)")
        case .invalidArguments(let problems):
            problem = Problem(400, "invalid_argument", "Invalid arguments", problems.joined(separator: "; "))
        case .payloadTooLarge(let limit):
            problem = Problem(413, "payload_too_large", "Payload too large", "the limit is \(limit) bytes")
        case .invalidCursor:
            problem = Problem(
                400, "invalid_cursor", "Invalid cursor",
                "`cursor` must be the next_cursor of an answer to the same request; leave it out to start anew")
        default: return .internalProblem("\(error)")
        }
        problem.rpcCode = -32602
        return problem
    }

    private static func content(_ error: ApplianceError) -> Problem {
        var problem: Problem
        switch error {
        case .unknownCollection(let name, let existing):
            problem = Problem(
                404, "unknown_collection", "Unknown collection",
                "there is no collection \(quoted(name)); \(listed(existing, none: "there is none yet"))")
        case .unknownSpace(let name, let collection, let existing):
            problem = Problem(
                404, "unknown_space", "Unknown vector space",
                "collection \(quoted(collection)) has no vector space \(quoted(name)); "
                    + listed(existing, none: "it has none"))
        case .noCollectionChosen(let existing):
            problem = Problem(
                400, "no_collection_chosen", "No collection chosen",
                "name one: \(existing.prefix(50).joined(separator: ", "))")
        case .collectionExists(let name):
            problem = Problem(
                409, "collection_exists", "Collection exists", "there is a collection \(quoted(name)) already")
        case .collectionFull(let name):
            problem = Problem(
                409, "collection_full", "Collection full",
                "collection \(quoted(name)) has used all passage numbers; import its documents into a new one")
        case .collectionSettingsConflict(let collection, let setting, let existing):
            problem = Problem(
                409, "collection_settings_conflict", "Collection settings conflict",
                "collection \(quoted(collection)) was made with \(setting) \(existing), which stays")
        case .ambiguousDocument(let id, let collections):
            problem = Problem(
                409, "ambiguous_document", "Ambiguous document",
                "document \(quoted(id)) is in several collections; name one: \(collections.prefix(50).joined(separator: ", "))"
            )
        case .documentNotFound(let id):
            problem = Problem(404, "document_not_found", "Document not found", "there is no document \(quoted(id))")
        case .receiptUnknown:
            problem = Problem(404, "receipt_unknown", "Receipt unknown", "this receipt is of no document here")
        case .preconditionFailed(let id, let exists):
            problem = Problem(
                412, "precondition_failed", "Precondition failed",
                exists
                    ? "document \(quoted(id)) is at a version that the condition excludes; get it again and decide anew"
                    : "there is no document \(quoted(id)), and the condition asks for one")
        case .settingsChanged(let collection):
            problem = Problem(
                412, "precondition_failed", "Precondition failed",
                "the settings of collection \(quoted(collection)) are such as the condition excludes; get them again and "
                    + "decide anew")
        case .tenantNotFound(let name):
            problem = Problem(404, "tenant_not_found", "Tenant not found", "there is no tenant \(quoted(name))")
        case .modelNotFound(let name, let existing):
            problem = Problem(
                404, "model_not_found", "Model not found",
                "there is no model \(quoted(name)) here; there is: \(existing)")
        case .tenantExists(let name):
            problem = Problem(409, "tenant_exists", "Tenant exists", "there is a tenant \(quoted(name)) already")
        default: return .internalProblem("\(error)")
        }
        problem.rpcCode = -32602
        return problem
    }

    private static func task(_ error: ApplianceError) -> Problem {
        switch error {
        case .tooManyTasks(let limit):
            var problem = Problem(
                429, "too_many_tasks", "Too many tasks",
                "this user has \(limit) tasks under way, which is the most; wait for some to end or cancel them")
            problem.retryAfter = .seconds(10)
            problem.rpcCode = -31003
            return problem
        case .idempotencyKeyReused:
            var problem = Problem(
                422, "idempotency_key_reused", "Idempotency key reused",
                "this Idempotency-Key stands for another request of the last 24 hours; send a new key")
            problem.rpcCode = -32602
            return problem
        default: return .internalProblem("\(error)")
        }
    }

    private static func upload(_ error: ApplianceError) -> Problem {
        switch error {
        case .jobNotFound(let id):
            return Problem(
                404, "job_not_found", "Job not found",
                "there is no upload \(quoted(id)) of this user, or it is forgotten")
        case .uploadGap(let name, let lines):
            return Problem(
                409, "upload_gap", "Upload gap",
                "upload \(quoted(name)) has \(lines) committed lines; go on with from_line=\(lines + 1) or an earlier one"
            )
        case .uploadConflict(let name, let collection):
            let place = collection.isEmpty ? "without naming a collection" : "for collection \(quoted(collection))"
            return Problem(
                409, "upload_conflict", "Upload conflict",
                "upload \(quoted(name)) began \(place); go on there, or begin anew with from_line=1")
        case .uploadTakenOver(let name):
            return Problem(
                409, "upload_taken_over", "Upload taken over", "another connection goes on with upload \(quoted(name))")
        default: return .internalProblem("\(error)")
        }
    }

    private static func passing(_ error: ApplianceError) -> Problem {
        switch error {
        case .busy(let wait):
            var problem = Problem(
                503, "busy", "Busy", "too much work is waiting; try again in \(wait.retryAfterSeconds) s")
            problem.retryAfter = wait
            return problem
        case .identityProviderUnavailable(let issuer):
            var problem = Problem(
                503, "identity_provider_unavailable", "Identity provider unavailable",
                "the keys of \(issuer) cannot be fetched, so its tokens cannot be checked; try again later")
            problem.retryAfter = .seconds(5)
            return problem
        case .timeout: return .timedOut
        case .cancelled: return Problem(499, "cancelled", "Cancelled", "the caller went away")
        case .shuttingDown:
            var problem = Problem(503, "shutting_down", "Shutting down", "the server is stopping")
            problem.retryAfter = .seconds(5)
            return problem
        default: return .internalProblem("\(error)")
        }
    }

    private static func operators(_ error: ApplianceError) -> Problem {
        switch error {
        case .storageFull:
            return Problem(
                507, "storage_full", "Storage full",
                "the disk of the server is full; nothing of this call was kept; the operator must make room")
        case .readOnly:
            return Problem(
                503, "read_only", "Read-only", "the data folder cannot be written; the operator must make it writable")
        case .noModel:
            return Problem(
                503, "no_model", "No model",
                "no embedding model is installed on the server; the operator installs one with make model")
        case .recordsBlocked(let wait):
            var problem = Problem(
                503, "records_blocked", "Records blocked", "usage and audit cannot be recorded now; nothing was done")
            problem.retryAfter = wait
            return problem
        case .dataFolderHeld(let holder):
            return Problem(503, "data_folder_held", "Data folder held", "the data folder is in use by \(holder)")
        case .configuration(let source, let key, let reason):
            return Problem(500, "configuration", "Configuration error", "\(source): \(key) \(reason)")
        case .listenRefused(let reason): return Problem(500, "listen_refused", "Will not listen", reason)
        default: return .internalProblem("\(error)")
        }
    }

    private init(_ error: StoreError) {
        switch error {
        case .full: self.init(ApplianceError.storageFull)
        case .readOnly: self.init(ApplianceError.readOnly)
        case .busy: self.init(ApplianceError.busy(retryAfter: .seconds(1)))
        case .notFound(.tenant(let name)): self.init(ApplianceError.tenantNotFound(name: name))
        case .notFound(.collection(let name)): self.init(ApplianceError.unknownCollection(name: name, existing: []))
        case .alreadyExists(.tenant(let name)): self.init(ApplianceError.tenantExists(name: name))
        case .alreadyExists(.collection(let name)): self.init(ApplianceError.collectionExists(name: name))
        case .tooMany(let thing):
            self.init(409, "too_many", "Too many", "\(thing) is one too many; delete one first")
        default:
            self = .internalProblem("store: \(error)")
            return
        }
        fault = "store: \(error)"
    }

    /// What a protocol refuses of a call that was let in; its own code goes to the client as it is.
    private init(_ error: RPCError) {
        self.init(400, "refused_by_protocol", "Refused", error.message)
        rpcCode = error.code
    }

    /// What the HTTP layer refuses by itself: bytes that are no request, too many connections, too slow a client.
    package init(httpStatus status: Int, reason: String) {
        self.init(status, "http_\(status)", reason, reason)
    }

    private init(_ error: HTTPError) {
        switch error {
        case .bodyTooLarge(let limit): self.init(ApplianceError.payloadTooLarge(limit: limit))
        case .malformedBody:
            self.init(400, "malformed_body", "Malformed body", "the transfer coding of the body is broken")
        case .bodyTimedOut: self.init(408, "body_timeout", "Request timeout", "the body came too slowly")
        case .peerClosed, .bodyUnavailable: self.init(ApplianceError.cancelled)
        }
    }

    private init(_ error: AccessError) {
        switch error {
        case .invalidTenantName, .unknownScope, .invalidRate, .invalidDuration:
            self.init(400, "invalid_argument", "Invalid argument", "\(error)")
            rpcCode = -32602
        default: self = .internalProblem("access: \(error)")
        }
    }

    /// Of A2A, whose own table has status and words.
    private init(_ failure: A2AFailure) {
        self.init(failure.httpStatus, failure.reason.lowercased(), "A2A", failure.message)
        rpcCode = failure.code
    }

    private static var timedOut: Problem {
        var problem = Problem(504, "timeout", "Timeout", "the operation did not end in time; ask for less or try again")
        problem.retryAfter = .seconds(1)
        return problem
    }

    private static func internalProblem(_ fault: String) -> Problem {
        var problem = Problem(
            500, "internal_error", "Internal error",
            "something broke on the server; its log tells more under this request id")
        problem.fault = fault
        return problem
    }

    /// Callers' text in a message: printable, bounded, in quotes.
    private static func quoted(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7f ? "?" : String($0) }
        return "\"" + shown.joined() + (text.unicodeScalars.count > 80 ? "…" : "") + "\""
    }

    private static func listed(_ names: [String], none: String) -> String {
        names.isEmpty ? none : "there are: " + names.prefix(50).joined(separator: ", ")
    }
}
