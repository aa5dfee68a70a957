import JSON

/// The parameters of `SendMessage` and `SendStreamingMessage`, and of `message/send` and `message/stream`.
extension SendMessageRequest {
    init(_ fields: WireFields) throws(A2AError) {
        // Clients that keep the names of 0.3's definition say `request` in HTTP+JSON.
        let isRenamed = fields.spelling == .v0_3REST && fields.value("message") == nil && fields.value("request") != nil
        self.init(
            message: try Message(fields.requiredFields(isRenamed ? "request" : "message")),
            metadata: try fields.opaque("metadata"))
        guard let configuration = try fields.fields("configuration") else { return }
        acceptedOutputModes = try configuration.texts("acceptedOutputModes")
        historyLength = try configuration.historyLength()
        switch fields.spelling {
        case .v1_0:
            returnImmediately = try configuration.flag("returnImmediately") ?? false
            if let nested = try configuration.fields("taskPushNotificationConfig") {
                push = try PushConfiguration(taskID: "", nested)
            }
        case .v0_3:
            returnImmediately = try configuration.flag("blocking") == false
            if let nested = try configuration.fields("pushNotificationConfig") {
                push = try PushConfiguration(taskID: "", nested)
            }
        case .v0_3REST:
            // Writers of that definition leave `false` out.
            returnImmediately = try configuration.flag("blocking") != true
            if let nested = try configuration.fields("pushNotification") {
                push = try PushConfiguration(taskID: "", nested)
            }
        }
    }
}

/// The parameters of `ListTasks`.
extension ListTasksRequest {
    init(_ fields: WireFields) throws(A2AError) {
        var state: TaskState?
        if let name = try fields.text("status"), name != "TASK_STATE_UNSPECIFIED" {
            guard let known = TaskState(name, in: fields.spelling) else {
                throw fields.failure("status", "must be one of \(TaskState.names(in: fields.spelling))")
            }
            state = known
        }
        self.init(
            contextID: try fields.text("contextId"), state: state,
            pageSize: try fields.integer("pageSize", in: 1...100, orElse: "must be a whole number from 1 to 100") ?? 50,
            pageToken: try fields.text("pageToken"), historyLength: try fields.historyLength(),
            statusSince: try fields.time("statusTimestampAfter"),
            includesArtifacts: try fields.flag("includeArtifacts") ?? false)
    }
}

extension WireFields {
    /// How many messages of a history are wanted; 0.3 says 0 where it means all.
    func historyLength() throws(A2AError) -> Int? {
        let length = try integer(
            "historyLength", in: 0...Int(Int32.max), orElse: "must be a whole number, 0 or more")
        return version == .v0_3 && length == 0 ? nil : length
    }
}

/// One page of tasks; all four members are always there.
extension TaskPage {
    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("tasks")
        writer.beginArray()
        for task in tasks { task.write(to: &writer) }
        writer.endArray()
        writer.member("nextPageToken", nextPageToken)
        writer.member("pageSize", pageSize)
        writer.member("totalSize", totalSize)
        writer.endObject()
    }
}
