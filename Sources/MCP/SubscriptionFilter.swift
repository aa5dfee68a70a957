import JSON
import JSONRPC

/// What a client wants to be told of, or what it is told of.
public struct SubscriptionFilter: Sendable, Hashable {
    /// Addresses in one stream, at most.
    public static let resourceLimit = 1_000

    /// Whether the list of tools changed.
    public var toolsListChanged: Bool
    /// Whether the list of prompts changed.
    public var promptsListChanged: Bool
    /// Whether the list of resources changed.
    public var resourcesListChanged: Bool
    /// Resources whose contents are watched, as spelled by the client, each once.
    public var resources: [String]

    /// Makes a filter.
    public init(
        toolsListChanged: Bool = false, promptsListChanged: Bool = false, resourcesListChanged: Bool = false,
        resources: [String] = []
    ) {
        self.toolsListChanged = toolsListChanged
        self.promptsListChanged = promptsListChanged
        self.resourcesListChanged = resourcesListChanged
        self.resources = resources
    }

    init(_ params: JSONObject) throws(RPCError) {
        guard let wanted = params["notifications"]?.objectValue else {
            throw .invalidParams("params.notifications must be an object")
        }
        self.init(
            toolsListChanged: try Self.flag("toolsListChanged", wanted),
            promptsListChanged: try Self.flag("promptsListChanged", wanted),
            resourcesListChanged: try Self.flag("resourcesListChanged", wanted))
        guard let list = wanted["resourceSubscriptions"] else { return }
        guard let items = list.arrayValue, items.count <= Self.resourceLimit else {
            throw .invalidParams(
                "params.notifications.resourceSubscriptions must be a list of at most \(Self.resourceLimit) URIs")
        }
        var seen: Set<[UInt8]> = []
        for item in items {
            guard let uri = item.stringValue else {
                throw .invalidParams("params.notifications.resourceSubscriptions must hold strings alone")
            }
            if seen.insert(Array(uri.utf8)).inserted { resources.append(uri) }
        }
    }

    private static func flag(_ name: String, _ object: JSONObject) throws(RPCError) -> Bool {
        guard let value = object[name] else { return false }
        guard let flag = value.boolValue else { throw .invalidParams("params.notifications.\(name) must be a boolean") }
        return flag
    }

    /// What of this a server can keep that declares so much; addresses are left to who knows them.
    public func honored(by capabilities: ServerCapabilities) -> SubscriptionFilter {
        SubscriptionFilter(
            toolsListChanged: toolsListChanged && capabilities.listChanged.contains(.tools),
            promptsListChanged: promptsListChanged && capabilities.listChanged.contains(.prompts),
            resourcesListChanged: resourcesListChanged && capabilities.listChanged.contains(.resources),
            resources: capabilities.watchesResources ? resources : [])
    }

    var json: JSONObject {
        var object: JSONObject = [:]
        if toolsListChanged { object["toolsListChanged"] = true }
        if promptsListChanged { object["promptsListChanged"] = true }
        if resourcesListChanged { object["resourcesListChanged"] = true }
        if !resources.isEmpty { object["resourceSubscriptions"] = .array(resources.map { .string($0) }) }
        return object
    }
}

/// The messages of one `subscriptions/listen` stream, each carrying the stream's name.
public struct SubscriptionMessages: Sendable, Hashable {
    private let id: RequestID
    private let serverMeta: JSONObject

    init(id: RequestID, serverMeta: JSONObject) {
        self.id = id
        self.serverMeta = serverMeta
    }

    /// Comes first: what the stream will tell.
    public func acknowledged(_ honored: SubscriptionFilter) -> [UInt8] {
        notification("notifications/subscriptions/acknowledged") { $0["notifications"] = .object(honored.json) }
    }

    /// A list is another.
    public func listChanged(_ family: ServerCapabilities.Family) -> [UInt8] {
        notification("notifications/\(family.rawValue)/list_changed") { _ in }
    }

    /// What an address holds is another, or is gone.
    public func updated(_ uri: String) -> [UInt8] {
        notification("notifications/resources/updated") { $0["uri"] = .string(uri) }
    }

    /// Comes last: the server ends the stream.
    public func ended() -> [UInt8] {
        var meta = serverMeta
        meta[MetaKey.subscriptionID] = id.json
        return RPCEnvelope.result(id: id) { $0.value(["resultType": "complete", "_meta": .object(meta)]) }
    }

    private func notification(_ method: String, _ add: (inout JSONObject) -> Void) -> [UInt8] {
        var params: JSONObject = ["_meta": .object(JSONObject([(MetaKey.subscriptionID, id.json)]))]
        add(&params)
        return RPCEnvelope.notification(method, params)
    }
}
