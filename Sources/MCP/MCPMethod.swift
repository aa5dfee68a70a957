public import JSON

/// A method with its decoded parameters.
public enum MCPMethod: Hashable, Sendable {
    /// `server/discover`, modern only.
    case discover
    /// `initialize`, legacy only; the version the client asked for, whatever it is.
    case initialize(requested: String)
    /// `ping`, legacy only.
    case ping
    /// `tools/list`; whether the cursor is one of ours is looked at when the page is made.
    case toolsList(cursor: String?)
    /// `tools/call`; whether the tool exists is the caller's to say.
    case toolsCall(name: String, arguments: JSONObject, round: InputRound = .first)
    /// `resources/list`.
    case resourcesList(cursor: String?)
    /// `resources/templates/list`.
    case resourceTemplatesList(cursor: String?)
    /// `resources/read`; whether there is such a resource is the caller's to say.
    case resourcesRead(uri: String, round: InputRound = .first)
    /// `prompts/list`.
    case promptsList(cursor: String?)
    /// `prompts/get`; whether there is such a prompt is the caller's to say.
    case promptsGet(name: String, arguments: [String: String], round: InputRound = .first)
    /// `completion/complete`.
    case complete(CompletionRequest)
    /// `subscriptions/listen`, modern only; its answer is a stream.
    case listen(SubscriptionFilter)
    /// `tasks/get`, modern only.
    case tasksGet(id: String)
    /// `tasks/update`, modern only: answers to what a task asked; our tasks ask nothing.
    case tasksUpdate(id: String)
    /// `tasks/cancel`, modern only.
    case tasksCancel(id: String)

    /// The method's name on the wire.
    public var name: String {
        switch self {
        case .discover: "server/discover"
        case .initialize: "initialize"
        case .ping: "ping"
        case .toolsList: "tools/list"
        case .toolsCall: "tools/call"
        case .resourcesList: "resources/list"
        case .resourceTemplatesList: "resources/templates/list"
        case .resourcesRead: "resources/read"
        case .promptsList: "prompts/list"
        case .promptsGet: "prompts/get"
        case .complete: "completion/complete"
        case .listen: "subscriptions/listen"
        case .tasksGet: "tasks/get"
        case .tasksUpdate: "tasks/update"
        case .tasksCancel: "tasks/cancel"
        }
    }

    /// Whether rate limits leave it alone: a refused handshake would make clients fall back or give up silently.
    public var isExemptFromRateLimit: Bool {
        switch self {
        case .discover, .initialize, .ping: true
        default: false
        }
    }

    /// Where a list goes on; nil at its beginning and for other methods.
    var cursor: String? {
        switch self {
        case .toolsList(let cursor), .resourcesList(let cursor), .resourceTemplatesList(let cursor),
            .promptsList(let cursor):
            cursor
        default: nil
        }
    }

    /// Whether a server that declares so much serves it.
    func isServed(by capabilities: ServerCapabilities) -> Bool {
        switch self {
        case .discover, .initialize, .ping: true
        case .toolsList, .toolsCall: capabilities.families.contains(.tools)
        case .resourcesList, .resourceTemplatesList, .resourcesRead: capabilities.families.contains(.resources)
        case .promptsList, .promptsGet: capabilities.families.contains(.prompts)
        case .complete: capabilities.families.contains(.completions)
        case .listen: capabilities.canListen
        case .tasksGet, .tasksUpdate, .tasksCancel: capabilities.extensions[TaskExtension.identifier] != nil
        }
    }
}
