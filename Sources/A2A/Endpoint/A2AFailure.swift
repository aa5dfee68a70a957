import JSON
import JSONRPC

/// An error as the wire tells it: every binding finds its code, status and words here (A2A.md, section 3.1).
public struct A2AFailure: Error, Sendable, Hashable {
    /// Of JSON-RPC.
    public var code: Int
    /// Of HTTP, where the binding is HTTP+JSON.
    public var httpStatus: Int
    /// The canonical name that goes with the HTTP status, such as `NOT_FOUND`.
    public var status: String
    /// A stable word for programs.
    public var reason: String
    /// One sentence for people.
    public var message: String
    /// Facts about this occurrence.
    public var metadata: [Fact] = []
    /// What is wrong with which field.
    public var violations: [Violation] = []
    /// Methods that the path takes, for 405.
    public var allowedMethods: [String] = []

    /// A name and its value.
    public struct Fact: Sendable, Hashable {
        /// Name.
        public var name: String
        /// Value.
        public var value: String
    }

    /// One field and what it must be.
    public struct Violation: Sendable, Hashable {
        /// Path of the field.
        public var field: String
        /// What it must be.
        public var description: String
    }

    /// Makes a failure of whoever serves the protocol: credentials, limits, faults of its own.
    public init(code: Int, httpStatus: Int, status: String, reason: String, message: String) {
        self.code = code
        self.httpStatus = httpStatus
        self.status = status
        self.reason = reason
        self.message = message
    }

    private init(_ code: Int, _ httpStatus: Int, _ status: String, _ reason: String, _ message: String) {
        self.init(code: code, httpStatus: httpStatus, status: status, reason: reason, message: message)
    }

    fileprivate func with(_ name: String, _ value: String) -> A2AFailure {
        var failure = self
        if !value.isEmpty { failure.metadata.append(Fact(name: name, value: value)) }
        return failure
    }
}

// MARK: - The table

extension A2AFailure {
    /// The wire's form of what an operation refuses.
    public init(_ error: A2AError) {
        switch error {
        case .taskNotFound(let id):
            let id = RPCError.clipped(id)
            self = A2AFailure(
                -32001, 404, "NOT_FOUND", "TASK_NOT_FOUND", "Task not found" + (id.isEmpty ? "" : ": \(id)")
            )
            .with("taskId", id)
        case .taskNotCancelable(let id):
            let id = RPCError.clipped(id)
            self = Self.precondition(-32002, "TASK_NOT_CANCELABLE", "Task cannot be canceled, it has ended: \(id)")
                .with("taskId", id)
        case .pushNotSupported:
            self = Self.precondition(
                -32003, "PUSH_NOTIFICATION_NOT_SUPPORTED",
                "Push notifications are not supported: this server has none on")
        case .unsupportedOperation(let why):
            self = Self.precondition(-32004, "UNSUPPORTED_OPERATION", why)
        case .contentTypeNotSupported(let type):
            self = A2AFailure(
                -32005, 400, "INVALID_ARGUMENT", "CONTENT_TYPE_NOT_SUPPORTED",
                "Content type not supported: \(RPCError.clipped(type))")
        case .invalidAgentResponse:
            self = A2AFailure(
                -32006, 500, "INTERNAL", "INVALID_AGENT_RESPONSE", "The skill gave an answer that is none")
        case .extendedCardNotConfigured:
            self = Self.precondition(
                -32007, "EXTENDED_AGENT_CARD_NOT_CONFIGURED", "There is no extended agent card here")
        case .extensionRequired(let uri):
            self = Self.precondition(
                -32008, "EXTENSION_SUPPORT_REQUIRED",
                "The agent card requires this extension; name it in A2A-Extensions: \(uri)"
            ).with("extension", uri)
        case .versionNotSupported(let requested):
            let requested = RPCError.clipped(requested)
            self = Self.precondition(
                -32009, "VERSION_NOT_SUPPORTED",
                "A2A version \(requested) is not supported for this call; 1.0 is for methods such as SendMessage and paths "
                    + "such as /message:send, 0.3 for methods such as message/send and paths such as /v1/message:send"
            ).with("requestedVersion", requested).with("supportedVersions", "1.0,0.3")
        case .invalidParams(let field, let reason):
            let field = RPCError.clipped(field)
            self = A2AFailure(
                -32602, 400, "INVALID_ARGUMENT", "INVALID_PARAMS",
                "Invalid parameters: " + (field.isEmpty ? reason : "\(field): \(reason)"))
            violations = [Violation(field: field, description: reason)]
        }
    }

    private static func precondition(_ code: Int, _ reason: String, _ message: String) -> A2AFailure {
        A2AFailure(code, 400, "FAILED_PRECONDITION", reason, message)
    }

    /// The body is no JSON; the reason says where.
    public static func parseError(_ reason: String) -> A2AFailure {
        A2AFailure(-32700, 400, "INVALID_ARGUMENT", "INVALID_REQUEST", "Parse error: \(reason)")
    }

    /// JSON, but no request.
    public static func invalidRequest(_ reason: String) -> A2AFailure {
        A2AFailure(-32600, 400, "INVALID_ARGUMENT", "INVALID_REQUEST", "Invalid request: \(reason)")
    }

    /// A request for what does not exist here.
    public static func methodNotFound(_ method: String) -> A2AFailure {
        A2AFailure(-32601, 404, "NOT_FOUND", "METHOD_NOT_FOUND", "Method not found: \(RPCError.clipped(method))")
    }

    /// A path that exists, but not for this method of HTTP.
    static func methodNotAllowed(_ method: String, allowed: [String]) -> A2AFailure {
        var failure = A2AFailure(
            -32601, 405, "UNIMPLEMENTED", "METHOD_NOT_FOUND",
            "This path takes \(allowed.joined(separator: ", ")), not \(RPCError.clipped(method))")
        failure.allowedMethods = allowed
        return failure
    }

    /// The body is of a type that is not read; HTTP has a status of its own for it.
    static func mediaTypeNotSupported(_ type: String) -> A2AFailure {
        A2AFailure(
            -32005, 415, "INVALID_ARGUMENT", "CONTENT_TYPE_NOT_SUPPORTED",
            "Content type not supported: \(RPCError.clipped(type)); send application/json")
    }

    /// No credential, or one that does not hold.
    public static func unauthenticated(_ reason: String) -> A2AFailure {
        A2AFailure(-32000, 401, "UNAUTHENTICATED", "UNAUTHENTICATED", reason)
    }

    /// A credential without the right to do this.
    public static func permissionDenied(_ reason: String) -> A2AFailure {
        A2AFailure(-32000, 403, "PERMISSION_DENIED", "PERMISSION_DENIED", reason)
    }

    /// Too many calls.
    public static func rateLimited(_ reason: String) -> A2AFailure {
        A2AFailure(-32000, 429, "RESOURCE_EXHAUSTED", "RATE_LIMITED", reason)
    }

    /// The body is too large.
    public static func payloadTooLarge(_ reason: String) -> A2AFailure {
        A2AFailure(-32600, 413, "INVALID_ARGUMENT", "INVALID_REQUEST", reason)
    }

    /// Our fault; the words name nothing inside.
    public static func internalError(_ reason: String) -> A2AFailure {
        A2AFailure(-32603, 500, "INTERNAL", "INTERNAL_ERROR", reason)
    }
}

// MARK: - Writing

extension A2AFailure {
    /// `data` of JSON-RPC, `details` of HTTP+JSON.
    func writeDetails(to writer: inout JSONWriter) {
        writer.beginArray()
        writer.beginObject()
        writer.member("@type", "type.googleapis.com/google.rpc.ErrorInfo")
        writer.member("reason", reason)
        writer.member("domain", "a2a-protocol.org")
        if !metadata.isEmpty {
            writer.key("metadata")
            writer.beginObject()
            for fact in metadata { writer.member(fact.name, fact.value) }
            writer.endObject()
        }
        writer.endObject()
        if !violations.isEmpty {
            writer.beginObject()
            writer.member("@type", "type.googleapis.com/google.rpc.BadRequest")
            writer.key("fieldViolations")
            writer.beginArray()
            for violation in violations {
                writer.beginObject()
                writer.member("field", violation.field)
                writer.member("description", violation.description)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
    }

    /// The code as 0.3 knows it: what came later is an internal error there.
    var oldCode: Int { code == -32008 || code == -32009 ? -32603 : code }

    /// The name that clients of 0.3 know over HTTP+JSON.
    var oldType: String {
        switch oldCode {
        case -32001: "TaskNotFoundError"
        case -32002: "TaskNotCancelableError"
        case -32003: "PushNotificationNotSupportedError"
        case -32004: "UnsupportedOperationError"
        case -32005: "ContentTypeNotSupportedError"
        case -32006: "InvalidAgentResponseError"
        case -32007: "AuthenticatedExtendedCardNotConfiguredError"
        case -32700: "JSONParseError"
        case -32600, -32000: "InvalidRequestError"
        case -32601: "MethodNotFoundError"
        case -32602: "InvalidParamsError"
        default: "InternalError"
        }
    }

    /// The words as 0.3 knows them.
    var oldMessage: String { code == -32001 ? "Task not found" : message }
}
