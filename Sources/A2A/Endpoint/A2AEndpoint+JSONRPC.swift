public import JSON

/// The JSON-RPC binding: one object in, one object out, both versions on one path.
extension A2AEndpoint {
    /// Takes one body apart.
    ///
    /// A media type that is not JSON is refused before the body is looked at.
    public func admit(rpc body: [UInt8], _ fields: A2AFields) -> A2AAdmission {
        let asked = RequestedVersion(fields)
        // Before the method is known, errors are told in the form asked for, else in the current one.
        var framing = A2AFraming(
            binding: .jsonRPC(id: .null), version: asked == .known(.v0_3) ? .v0_3 : .v1_0,
            extensions: activated(fields))
        if let type = fields.mediaType, !MediaType.isJSON(type) {
            return .refused(.mediaTypeNotSupported(type), framing)
        }
        let request: JSONObject
        do throws(JSONError) {
            guard let object = try JSONValue(parsing: body).objectValue else {
                return .refused(.invalidRequest("send one JSON object; there are no batches"), framing)
            }
            request = object
        } catch {
            return .refused(.parseError("\(error)"), framing)
        }
        guard let id = Self.id(of: request) else {
            return .refused(.invalidRequest("id must be a string, a whole number or null"), framing)
        }
        framing.binding = .jsonRPC(id: id)
        guard request["jsonrpc"] == "2.0" else {
            return .refused(.invalidRequest("jsonrpc must be \"2.0\""), framing)
        }
        guard let name = request["method"]?.stringValue else {
            return .refused(.invalidRequest("method must be a string"), framing)
        }
        guard let method = RPCMethod(name) else { return .refused(.methodNotFound(name), framing) }
        return admit(method, request["params"], asked, framing)
    }

    private func admit(
        _ method: RPCMethod, _ params: JSONValue?, _ asked: RequestedVersion, _ framing: A2AFraming
    ) -> A2AAdmission {
        var framing = framing
        do throws(A2AError) {
            // Whoever sends the header knows 1.0's errors, whichever version they asked for.
            framing.version = .v1_0
            try asked.check(method.version)
            framing.version = method.version
            guard params == nil || params == .null || params?.objectValue != nil else {
                throw .invalidParams(field: "params", reason: "must be an object")
            }
            let fields = WireFields(params?.objectValue ?? [:], framing.spelling)
            let call = A2ACall(
                method: try method.read(fields), tenant: try fields.text("tenant"), framing: framing)
            try checkExtensions(call.method, framing.extensions)
            return .call(call)
        } catch {
            return .refused(A2AFailure(error), framing)
        }
    }

    /// The id to echo: `null` where there is none, nil where it cannot be one.
    private static func id(of request: JSONObject) -> JSONValue? {
        switch request["id"] {
        case nil, .null: .null
        case .string(let text): .string(text)
        case .integer(let number): .integer(number)
        case .wideInteger(let digits): .wideInteger(digits)
        case .bool, .number, .array, .object: nil
        }
    }

    /// The id of a body whose sender is refused, so that the refusal can name it; `null` if there is none to be found.
    public static func requestID(in body: [UInt8]) -> JSONValue {
        (try? JSONValue(parsing: body))?.objectValue.flatMap(id(of:)) ?? .null
    }
}

/// Every method by its name; the two versions share none.
enum RPCMethod: String, CaseIterable {
    case sendMessage = "SendMessage"
    case sendStreamingMessage = "SendStreamingMessage"
    case getTask = "GetTask"
    case listTasks = "ListTasks"
    case cancelTask = "CancelTask"
    case subscribeToTask = "SubscribeToTask"
    case createPush = "CreateTaskPushNotificationConfig"
    case getPush = "GetTaskPushNotificationConfig"
    case listPush = "ListTaskPushNotificationConfigs"
    case deletePush = "DeleteTaskPushNotificationConfig"
    case getExtendedCard = "GetExtendedAgentCard"
    case oldSend = "message/send"
    case oldStream = "message/stream"
    case oldGet = "tasks/get"
    case oldCancel = "tasks/cancel"
    case oldResubscribe = "tasks/resubscribe"
    case oldCreatePush = "tasks/pushNotificationConfig/set"
    case oldGetPush = "tasks/pushNotificationConfig/get"
    case oldListPush = "tasks/pushNotificationConfig/list"
    case oldDeletePush = "tasks/pushNotificationConfig/delete"
    case oldGetExtendedCard = "agent/getAuthenticatedExtendedCard"

    init?(_ name: String) { self.init(rawValue: name) }

    var version: A2AVersion { rawValue.contains("/") ? .v0_3 : .v1_0 }

    func read(_ fields: WireFields) throws(A2AError) -> A2AMethod {
        switch self {
        case .sendMessage, .oldSend: return .sendMessage(try SendMessageRequest(fields))
        case .sendStreamingMessage, .oldStream: return .sendStreamingMessage(try SendMessageRequest(fields))
        case .getTask, .oldGet:
            return .getTask(id: try fields.requiredText("id"), historyLength: try fields.historyLength())
        case .listTasks: return .listTasks(try ListTasksRequest(fields))
        case .cancelTask, .oldCancel:
            return .cancelTask(id: try fields.requiredText("id"), metadata: try fields.opaque("metadata"))
        case .subscribeToTask, .oldResubscribe: return .subscribeToTask(id: try fields.requiredText("id"))
        case .createPush, .oldCreatePush: return .createPush(try PushConfiguration(creating: fields))
        case .getPush: return .getPush(taskID: try fields.requiredText("taskId"), id: try fields.requiredText("id"))
        case .oldGetPush:
            return .getPush(taskID: try fields.requiredText("id"), id: try fields.text("pushNotificationConfigId"))
        case .listPush: return .listPush(taskID: try fields.requiredText("taskId"))
        case .oldListPush: return .listPush(taskID: try fields.requiredText("id"))
        case .deletePush:
            return .deletePush(taskID: try fields.requiredText("taskId"), id: try fields.requiredText("id"))
        case .oldDeletePush:
            return .deletePush(
                taskID: try fields.requiredText("id"), id: try fields.requiredText("pushNotificationConfigId"))
        case .getExtendedCard, .oldGetExtendedCard: return .getExtendedCard
        }
    }
}
