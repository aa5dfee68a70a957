/// What can be read of tasks; inside a transaction of the writer it includes what that has changed.
public struct TaskRows {
    let connection: Connection

    /// The owner's task of this id; nil for unknown ones and for those of others.
    public func task(_ id: String, of owner: String) throws(StoreError) -> TaskRecord? {
        try Tasks(connection: connection).task(id, of: owner)
    }

    /// The task of this number, whoever owns it.
    public func task(number: Int64) throws(StoreError) -> TaskRecord? {
        try Tasks(connection: connection).task(number: number)
    }

    /// An owner's tasks, newest status first, equal times by falling id.
    /// - Parameter position: Where the page before ended; its task may be gone or have moved since.
    public func page(_ filter: TaskFilter, of owner: String, after position: TaskPosition? = nil, limit: Int)
        throws(StoreError) -> [TaskRecord]
    {
        try Tasks(connection: connection).page(filter, of: owner, after: position, limit: limit)
    }

    /// How many tasks the filter lets pass.
    public func count(_ filter: TaskFilter, of owner: String) throws(StoreError) -> Int {
        try Tasks(connection: connection).count(filter, of: owner)
    }

    /// How many tasks of the owner are not over.
    public func openCount(of owner: String) throws(StoreError) -> Int {
        try Tasks(connection: connection).openCount(of: owner)
    }

    /// Tasks with which it is the server's turn, whoever's they are, oldest first.
    public func running() throws(StoreError) -> [TaskRecord] { try Tasks(connection: connection).running() }

    /// Events above `sequence`, in order.
    /// - Parameter byteLimit: Ends the list once the bodies have as many bytes; it has at least one event if there is one.
    public func events(of task: Int64, after sequence: Int64, limit: Int, byteLimit: Int = 1 << 20)
        throws(StoreError) -> [TaskEventRecord]
    {
        try TaskLog(connection: connection).events(of: task, after: sequence, limit: limit, byteLimit: byteLimit)
    }

    /// The last `limit` messages, in order.
    public func messages(of task: Int64, limit: Int = .max) throws(StoreError) -> [[UInt8]] {
        try TaskLog(connection: connection).messages(of: task, limit: limit)
    }

    /// How many messages there are.
    public func messageCount(of task: Int64) throws(StoreError) -> Int {
        try TaskLog(connection: connection).messageCount(of: task)
    }

    /// Artifacts in the order in which they came.
    public func artifacts(of task: Int64) throws(StoreError) -> [TaskArtifactRecord] {
        try TaskLog(connection: connection).artifacts(of: task)
    }

    /// Receivers, oldest first.
    public func pushes(of task: Int64) throws(StoreError) -> [TaskPushRecord] {
        try TaskPushes(connection: connection).all(of: task)
    }

    /// One receiver.
    public func push(_ id: String, of task: Int64) throws(StoreError) -> TaskPushRecord? {
        try TaskPushes(connection: connection).push(id, of: task)
    }

    /// Tasks whose receivers have not been told of all events, or of which more can come, whoever's they are.
    public func pushed() throws(StoreError) -> [TaskRecord] {
        var found: [TaskRecord] = []
        for number in try TaskPushes(connection: connection).due() {
            if let task = try task(number: number) { found.append(task) }
        }
        return found
    }

    /// The request that an owner's key stands for, unless it is older than `time`.
    public func request(_ key: String, of owner: String, since time: Int64) throws(StoreError) -> TaskRequestRecord? {
        try TaskRequests(connection: connection).request(key, of: owner, since: time)
    }
}

extension TenantReader {
    /// Tasks; ask for what belongs together inside one ``read(_:)``.
    public var tasks: TaskRows { TaskRows(connection: connection) }
}

extension TenantWriter {
    /// Tasks as the running transaction has them.
    public var tasks: TaskRows { TaskRows(connection: connection) }
}
