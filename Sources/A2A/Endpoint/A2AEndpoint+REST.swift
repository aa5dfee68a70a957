import JSON

/// One request of the HTTP+JSON binding, its path below the interface's address taken apart and decoded.
public struct A2ARESTRequest: Sendable, Hashable {
    /// Of HTTP.
    public var method: String
    /// Segments of the path.
    public var path: [String]
    /// Parameters of the query.
    public var query: [String: String]
    /// The body.
    public var body: [UInt8]

    /// Makes a request.
    public init(method: String, path: [String], query: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
    }
}

/// The HTTP+JSON binding: 1.0, and 0.3 below `/v1`.
extension A2AEndpoint {
    /// The framing of answers to a request whose credential, size or path is refused before it is taken apart.
    /// - Parameter path: Tells the version.
    public func restFraming(_ fields: A2AFields, hasBody: Bool, path: [String]) -> A2AFraming {
        if Self.version(of: path) == .v0_3 {
            return A2AFraming(binding: .rest(success: MediaType.json, error: MediaType.json), version: .v0_3)
        }
        if restType != .asAsked {
            return A2AFraming(binding: .rest(success: restType.rawValue, error: restType.rawValue), version: .v1_0)
        }
        let wants = fields.wantsProtocolType
        let success = wants || !hasBody && fields.acceptsAnything ? MediaType.a2a : MediaType.json
        return A2AFraming(
            binding: .rest(success: success, error: wants ? MediaType.a2a : MediaType.json), version: .v1_0)
    }

    /// Takes one request apart.
    public func admit(rest request: A2ARESTRequest, _ fields: A2AFields) -> A2AAdmission {
        var framing = restFraming(fields, hasBody: !request.body.isEmpty, path: request.path)
        framing.extensions = activated(fields)
        let (tenant, path) = Self.tenant(of: request.path)
        let route: RESTRoute
        do throws(A2AFailure) {
            route = try RESTRoute(request.method, path, framing.version)
        } catch {
            return .refused(error, framing)
        }
        if request.method == "POST", let type = fields.mediaType, !MediaType.isJSON(type) {
            return .refused(.mediaTypeNotSupported(type), framing)
        }
        do throws(A2AError) {
            try RequestedVersion(fields).check(framing.version)
        } catch {
            return .refused(A2AFailure(error), framing)
        }
        let body: JSONObject
        do throws(A2AFailure) {
            body = try Self.object(request, route)
        } catch {
            return .refused(error, framing)
        }
        do throws(A2AError) {
            let fields = WireFields(body, framing.spelling)
            let named = try fields.text("tenant")
            let call = A2ACall(method: try route.read(fields), tenant: tenant ?? named, framing: framing)
            try checkExtensions(call.method, framing.extensions)
            return .call(call)
        } catch {
            return .refused(A2AFailure(error), framing)
        }
    }

    /// The parameters: the body of a POST, the query of anything else.
    private static func object(_ request: A2ARESTRequest, _ route: RESTRoute) throws(A2AFailure) -> JSONObject {
        guard request.method == "POST" else { return route.parameters(request.query) }
        if request.body.isEmpty, route.takesEmptyBody { return [:] }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: request.body)
        } catch {
            throw .parseError("\(error)")
        }
        guard let object = value.objectValue else { throw .invalidRequest("the body must be a JSON object") }
        return object
    }

    private static func version(of path: [String]) -> A2AVersion { path.first == "v1" ? .v0_3 : .v1_0 }

    /// A first segment that is none of the binding's own names a tenant; 0.3 knows none.
    private static func tenant(of path: [String]) -> (String?, [String]) {
        if version(of: path) == .v0_3 { return (nil, Array(path.dropFirst())) }
        let own = ["message:send", "message:stream", "tasks", "extendedAgentCard"]
        guard path.count > 1, let first = path.first, !own.contains(first) else { return (nil, path) }
        return (first, Array(path.dropFirst()))
    }
}

/// What a method and a path stand for; ids of the path rule over those of the body.
private enum RESTRoute {
    case send, stream, list, extendedCard
    case get(String), cancel(String), subscribe(String)
    case createPush(String), listPush(String)
    case getPush(String, String), deletePush(String, String)

    init(_ method: String, _ path: [String], _ version: A2AVersion) throws(A2AFailure) {
        let routes = Self.routes(path, version)
        if let route = routes.first(where: { $0.method == method })?.route {
            self = route
        } else if routes.isEmpty {
            throw .methodNotFound("\(method) /\(path.joined(separator: "/"))")
        } else {
            throw .methodNotAllowed(method, allowed: routes.map(\.method))
        }
    }

    /// What a path takes; a verb behind an id is looked for before the id alone.
    private static func routes(_ path: [String], _ version: A2AVersion) -> [(method: String, route: RESTRoute)] {
        switch path.count {
        case 1:
            switch (path[0], version) {
            case ("message:send", _): return [("POST", .send)]
            case ("message:stream", _): return [("POST", .stream)]
            case ("tasks", .v1_0): return [("GET", .list)]
            case ("extendedAgentCard", .v1_0), ("card", .v0_3): return [("GET", .extendedCard)]
            default: return []
            }
        case 2 where path[0] == "tasks":
            if let id = id(path[1], before: ":cancel") { return [("POST", .cancel(id))] }
            if let id = id(path[1], before: ":subscribe") {
                return [("GET", .subscribe(id)), ("POST", .subscribe(id))]
            }
            return path[1].isEmpty ? [] : [("GET", .get(path[1]))]
        case 3 where path[0] == "tasks" && path[2] == "pushNotificationConfigs" && !path[1].isEmpty:
            return [("GET", .listPush(path[1])), ("POST", .createPush(path[1]))]
        case 4 where path[0] == "tasks" && path[2] == "pushNotificationConfigs" && !path[1].isEmpty && !path[3].isEmpty:
            return [("GET", .getPush(path[1], path[3])), ("DELETE", .deletePush(path[1], path[3]))]
        default: return []
        }
    }

    private static func id(_ segment: String, before verb: String) -> String? {
        guard segment.hasSuffix(verb), segment.utf8.count > verb.utf8.count else { return nil }
        return String(segment.dropLast(verb.utf8.count))
    }

    var takesEmptyBody: Bool {
        switch self {
        case .cancel, .subscribe: true
        default: false
        }
    }

    /// The query as the object that a body would be: numbers and truth values where the method has some.
    func parameters(_ query: [String: String]) -> JSONObject {
        JSONObject(
            query.map { name, text in
                switch name {
                case "pageSize", "page_size", "historyLength", "history_length":
                    (name, Int64(text).map { .integer($0) } ?? .string(text))
                case "includeArtifacts", "include_artifacts":
                    (name, text == "true" ? true : text == "false" ? false : .string(text))
                default: (name, .string(text))
                }
            })
    }

    func read(_ fields: WireFields) throws(A2AError) -> A2AMethod {
        switch self {
        case .send: return .sendMessage(try SendMessageRequest(fields))
        case .stream: return .sendStreamingMessage(try SendMessageRequest(fields))
        case .list: return .listTasks(try ListTasksRequest(fields))
        case .extendedCard: return .getExtendedCard
        case .get(let id): return .getTask(id: id, historyLength: try fields.historyLength())
        case .cancel(let id): return .cancelTask(id: id, metadata: try fields.opaque("metadata"))
        case .subscribe(let id): return .subscribeToTask(id: id)
        case .createPush(let id):
            return .createPush(
                fields.version == .v0_3
                    ? try PushConfiguration(taskID: id, creatingOverREST: fields)
                    : try PushConfiguration(taskID: id, fields))
        case .listPush(let id): return .listPush(taskID: id)
        case .getPush(let task, let id): return .getPush(taskID: task, id: id)
        case .deletePush(let task, let id): return .deletePush(taskID: task, id: id)
        }
    }
}
