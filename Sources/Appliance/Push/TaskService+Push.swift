package import A2A
import Access
import TenantStore

/// Receivers of a task's events; all of it is off until the operator allows targets.
extension TaskService {
    /// Receivers of one task at most.
    static let receiverLimit = 10

    /// Whether any target is allowed, so that tasks can be pushed.
    package var pushes: Bool { appliance.courier != nil }

    /// Adds a receiver, or replaces the one of its id; it is told of what happens from now on.
    /// - Parameter version: In which spelling it is told.
    /// - Returns: The configuration with its id, without credentials.
    /// - Throws: `A2AError.pushNotSupported`, `A2AError.taskNotFound`, `A2AError.invalidParams`.
    package func createPush(_ configuration: PushConfiguration, version: A2AVersion, _ context: RequestContext)
        async throws -> PushConfiguration
    {
        let courier = try requireCourier()
        let tasks = try await tasks(context)
        let owner = context.userID
        let made = try Self.checked(configuration)
        context.tally.update { $0.target = made.taskID }
        let number = try await tasks.change { [self] change in
            let record = try change.task(made.taskID, of: owner)
            try add(made, version, to: record, behind: record.sequence, in: tasks, courier, change)
            return record.number
        }
        courier.reopen(made.id ?? "", of: number, tasks.key(made.taskID), tasks)
        return made.withoutCredentials
    }

    /// Adds a receiver inside a change that has checked everything.
    func add(
        _ push: PushConfiguration, _ version: A2AVersion, to record: TaskRecord, behind sequence: Int64,
        in tasks: TenantTasks, _ courier: PushCourier, _ change: TaskChange
    ) throws {
        let id = push.id ?? ""
        let pushes = try change.rows.pushes(of: record.number)
        guard pushes.count < Self.receiverLimit || pushes.contains(where: { $0.id == id }) else {
            throw A2AError.invalidParams(
                field: "taskId", reason: "has \(Self.receiverLimit) push configurations, which is the most")
        }
        let secrets = PushSecrets(token: push.token, credentials: push.authentication?.credentials)
        let key = tasks.key(record.id)
        try change.writer.putPush(
            TaskPushRecord(
                id: id, url: push.url, scheme: push.authentication?.scheme,
                secrets: secrets.sealed(by: courier.box, of: key, id), form: version.rawValue, createdAt: change.now,
                delivered: sequence), of: record.number)
        desk.setPushed(key)
    }

    /// The receiver that is made and meant where a client of 0.3 names none.
    private static let unnamed = "default"

    /// One receiver.
    /// - Throws: `A2AError.taskNotFound` for an unknown task and for an unknown receiver.
    package func getPush(_ taskID: String, id: String?, _ context: RequestContext) async throws -> PushConfiguration {
        let id = id ?? Self.unnamed
        guard let push = try await listPush(taskID, context).first(where: { $0.id == id }) else {
            throw A2AError.taskNotFound(id: taskID)
        }
        return push
    }

    /// A task's receivers, oldest first.
    package func listPush(_ taskID: String, _ context: RequestContext) async throws -> [PushConfiguration] {
        let courier = try requireCourier()
        let tasks = try await tasks(context)
        let owner = context.userID
        context.tally.update { $0.target = taskID }
        return try await tasks.read { rows in
            guard let record = try rows.task(taskID, of: owner) else { throw A2AError.taskNotFound(id: taskID) }
            return try rows.pushes(of: record.number).map { push in
                let secrets = PushSecrets.open(push.secrets, by: courier.box, of: tasks.key(taskID), push.id)
                return PushConfiguration(
                    taskID: taskID, id: push.id, url: push.url, token: secrets?.token,
                    authentication: push.scheme.map { PushConfiguration.Authentication(scheme: $0) })
            }
        }
    }

    /// Removes a receiver; one that is not there is no error.
    /// - Throws: `A2AError.taskNotFound` for an unknown task.
    package func deletePush(_ taskID: String, id: String?, _ context: RequestContext) async throws {
        let id = id ?? Self.unnamed
        _ = try requireCourier()
        let tasks = try await tasks(context)
        let owner = context.userID
        context.tally.update { $0.target = taskID }
        try await tasks.change { change in
            let record = try change.task(taskID, of: owner)
            try change.writer.deletePush(id, of: record.number)
        }
    }

    func requireCourier() throws(A2AError) -> PushCourier {
        guard let courier = appliance.courier else { throw .pushNotSupported }
        return courier
    }

    /// The configuration with an id, once everything in it can be used.
    ///
    /// Nothing is looked up: that is done, each time anew, when something is to be sent.
    static func checked(_ push: PushConfiguration) throws(A2AError) -> PushConfiguration {
        guard PushURL(push.url) != nil else {
            throw .invalidParams(
                field: "url",
                reason: "must be http:// or https://, a host, maybe a port and a path; no user information")
        }
        let id = push.id ?? RandomUUID.text()
        guard (1...128).contains(id.utf8.count) else {
            throw .invalidParams(field: "id", reason: "must have 1 to 128 bytes")
        }
        let authentication = push.authentication
        for (field, text) in [
            ("token", push.token), ("authentication.scheme", authentication?.scheme),
            ("authentication.credentials", authentication?.credentials),
        ] {
            guard let text else { continue }
            // It becomes a header's value.
            guard text.utf8.count <= 4_096, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
                throw .invalidParams(field: field, reason: "must be at most 4096 printable ASCII characters")
            }
        }
        return PushConfiguration(
            taskID: push.taskID, id: id, url: push.url, token: push.token,
            authentication: authentication.flatMap { $0.scheme.isEmpty ? nil : $0 })
    }
}

extension PushConfiguration {
    var withoutCredentials: PushConfiguration {
        var copy = self
        copy.authentication?.credentials = nil
        return copy
    }
}
