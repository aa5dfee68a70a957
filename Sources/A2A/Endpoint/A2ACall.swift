public import JSON

/// What a caller asks for, whichever binding and version it came in.
public enum A2AMethod: Sendable, Hashable {
    /// `SendMessage`, `message/send`.
    case sendMessage(SendMessageRequest)
    /// `SendStreamingMessage`, `message/stream`.
    case sendStreamingMessage(SendMessageRequest)
    /// `GetTask`, `tasks/get`.
    case getTask(id: String, historyLength: Int?)
    /// `ListTasks`; 0.3 has none.
    case listTasks(ListTasksRequest)
    /// `CancelTask`, `tasks/cancel`.
    case cancelTask(id: String, metadata: JSONObject?)
    /// `SubscribeToTask`, `tasks/resubscribe`.
    case subscribeToTask(id: String)
    /// `CreateTaskPushNotificationConfig`, `tasks/pushNotificationConfig/set`.
    case createPush(PushConfiguration)
    /// `GetTaskPushNotificationConfig`; 0.3 may leave the id out and means the first.
    case getPush(taskID: String, id: String?)
    /// `ListTaskPushNotificationConfigs`.
    case listPush(taskID: String)
    /// `DeleteTaskPushNotificationConfig`.
    case deletePush(taskID: String, id: String)
    /// `GetExtendedAgentCard`, `agent/getAuthenticatedExtendedCard`.
    case getExtendedCard
}

/// One admitted call: well-formed, of a known method, not yet authorised.
public struct A2ACall: Sendable, Hashable {
    /// What is asked for.
    public var method: A2AMethod
    /// The tenant the caller names; it must be the credential's own.
    public var tenant: String?
    /// The form of its answer.
    public var framing: A2AFraming
}

/// What an endpoint makes of a request.
public enum A2AAdmission: Sendable, Hashable {
    /// A call to run.
    case call(A2ACall)
    /// Refused by the protocol itself; the framing says in which form to tell it.
    case refused(A2AFailure, A2AFraming)
}

/// The header fields and query parameters that the protocol reads; several fields of one name are several values.
public struct A2AFields: Sendable, Hashable {
    /// `Content-Type`.
    public var contentType: String?
    /// `Accept`.
    public var accept: [String]
    /// `A2A-Version`.
    public var version: [String]
    /// `A2A-Version` in the query.
    public var queryVersion: String?
    /// `A2A-Extensions` and `X-A2A-Extensions`.
    public var extensions: [String]

    /// Makes a set of fields.
    public init(
        contentType: String? = nil, accept: [String] = [], version: [String] = [], queryVersion: String? = nil,
        extensions: [String] = []
    ) {
        self.contentType = contentType
        self.accept = accept
        self.version = version
        self.queryVersion = queryVersion
        self.extensions = extensions
    }

    /// The media type of the body, without parameters.
    var mediaType: String? { contentType.map(Self.bareType) }

    /// Whether the caller wants answers in the protocol's own media type.
    var wantsProtocolType: Bool {
        mediaType == MediaType.a2a || acceptedTypes.contains(MediaType.a2a)
    }

    /// Whether the caller leaves the media type of answers open.
    var acceptsAnything: Bool { acceptedTypes.allSatisfy { $0 == "*/*" } }

    private var acceptedTypes: [String] {
        accept.flatMap { $0.split(separator: ",") }.map { Self.bareType(String($0)) }
    }

    private static func bareType(_ text: String) -> String {
        text.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
    }

    /// The names of extensions in their order, each once.
    var extensionNames: [String] {
        var names: [String] = []
        for field in extensions {
            for part in field.split(separator: ",") {
                let name = part.filter { $0 != " " && $0 != "\t" }
                if !name.isEmpty, !names.contains(name) { names.append(name) }
            }
        }
        return names
    }
}

/// The media types of the protocol.
enum MediaType {
    static let json = "application/json"
    static let a2a = "application/a2a+json"

    static func isJSON(_ type: String) -> Bool { type == json || type == a2a }
}
