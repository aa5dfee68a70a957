import JSON

/// Push configurations on the wire: flat in 1.0, nested with a list of schemes in 0.3.
///
/// Credentials are read and never written: they stay with the server.
extension PushConfiguration {
    /// Reads the parameters that make a configuration of a task.
    init(creating fields: WireFields) throws(A2AError) {
        switch fields.version {
        case .v1_0: try self.init(taskID: fields.requiredText("taskId"), fields)
        case .v0_3:
            try self.init(taskID: fields.requiredText("taskId"), fields.requiredFields("pushNotificationConfig"))
            // Clients of 0.3 ask for it without naming one.
            if id == nil { id = "default" }
        }
    }

    /// Reads the body of a 0.3 request over HTTP+JSON: the configuration lies in `config`, or alone in the body.
    init(taskID: String, creatingOverREST fields: WireFields) throws(A2AError) {
        let outer = try fields.fields("config") ?? fields
        try self.init(taskID: taskID, outer.fields("pushNotificationConfig") ?? outer)
        if id == nil { id = try fields.text("configId") ?? "default" }
    }

    /// Reads what lies in a configuration: all of it in 1.0, what is nested in 0.3.
    init(taskID: String, _ fields: WireFields) throws(A2AError) {
        var authentication: Authentication?
        if let nested = try fields.fields("authentication") {
            let scheme: String?
            switch fields.version {
            case .v1_0: scheme = try nested.text("scheme")
            case .v0_3: scheme = try nested.texts("schemes").first
            }
            authentication = Authentication(scheme: scheme ?? "", credentials: try nested.text("credentials"))
        }
        self.init(
            taskID: taskID, id: try fields.text("id"), url: try fields.requiredText("url"),
            token: try fields.text("token"), authentication: authentication)
    }

    func write(to writer: inout JSONWriter, as spelling: WireSpelling) {
        writer.beginObject()
        switch spelling {
        case .v1_0, .v0_3: writer.member("taskId", taskID)
        case .v0_3REST: writer.member("name", "tasks/\(taskID)/pushNotificationConfigs/\(id ?? "")")
        }
        if spelling.version == .v0_3 {
            writer.key("pushNotificationConfig")
            writer.beginObject()
        }
        writer.optional("id", id)
        writer.member("url", url)
        writer.optional("token", token)
        if let authentication, !authentication.scheme.isEmpty {
            writer.key("authentication")
            writer.beginObject()
            switch spelling.version {
            case .v1_0: writer.member("scheme", authentication.scheme)
            case .v0_3: writer.member("schemes", [authentication.scheme])
            }
            writer.endObject()
        }
        if spelling.version == .v0_3 { writer.endObject() }
        writer.endObject()
    }
}
