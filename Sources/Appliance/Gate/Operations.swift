package import Access

/// Who may run an operation.
package enum Authority: Sendable, Hashable {
    /// Anybody, without a credential.
    case open
    /// Any valid credential of this box, whatever its scopes.
    case anyCredential
    /// A credential of a tenant with this scope, or of the operator for ``Access/Scope/operator``.
    case scope(Scope)
}

/// How heavy an operation is; labels usage rows, so that budgets can be set per class.
package enum CostClass: String, Sendable {
    case free, read, search, embed, write, admin
}

/// What happens to an operation's row in the audit chain.
package enum AuditRule: Sendable {
    /// No row: the operation touches no tenant's data.
    case none
    /// A row through the bounded queue, after the operation ended.
    case queued
    /// A row inside the operation's own transaction; only a failed call's row goes through the queue.
    case inTransaction
}

/// One door into the appliance: a route, an MCP method or tool, or a command on the local folder.
///
/// Whoever adds a door adds a row to ``Operations``; `Gate.perform` is the only way to run one.
package final class Operation: Sendable, Hashable {
    /// Makes a row.
    package init(
        name: String, authority: Authority, cost: CostClass, timeout: Duration?, retries: Int, audit: AuditRule,
        isLimited: Bool, isMCP: Bool
    ) {
        self.name = name
        self.authority = authority
        self.cost = cost
        self.timeout = timeout
        self.retries = retries
        self.audit = audit
        self.isLimited = isLimited
        self.isMCP = isMCP
    }

    /// The name in logs, metrics, usage and audit.
    package let name: String
    package let authority: Authority
    package let cost: CostClass
    /// From the first byte understood to the answer; nil for streams, which are bounded part by part.
    package let timeout: Duration?
    /// How often a read that failed for a passing reason is tried again.
    package let retries: Int
    package let audit: AuditRule
    /// Whether the rate of tenant and user applies.
    package let isLimited: Bool
    /// Whether it is a method or a tool of MCP.
    package let isMCP: Bool
    /// Whether it changes anything; such operations are refused while their records cannot be kept.
    package var changes: Bool { cost == .write || cost == .admin }

    package static func == (a: Operation, b: Operation) -> Bool { a.name == b.name }
    package func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// The table of all doors.
package enum Operations {
    // Open without a credential; a test holds this list.
    static let page = open("page")
    static let openAPI = open("openapi")
    static let health = open("health")
    static let wellKnown = open("well_known")
    static let authorizePage = open("oauth.authorize")
    static let token = open("oauth.token")

    // Requests that come to no door: what they asked for is not here, and what they sent is no HTTP.
    static let unrouted = open("none")
    static let unreadable = open("http")

    // MCP methods. The first three are never limited: a refusal there makes clients fall back or give up.
    static let mcp = protocolStep("mcp")
    static let mcpDiscover = protocolStep("server/discover")
    static let mcpInitialize = protocolStep("initialize")
    static let mcpPing = protocolStep("ping")
    static let mcpToolsList = protocolStep("tools/list", limited: true)
    static let mcpPromptsList = protocolStep("prompts/list", limited: true)
    static let mcpPromptsGet = search("prompts/get")
    static let mcpResourcesList = visit("resources/list")
    static let mcpTemplatesList = protocolStep("resources/templates/list", limited: true)
    static let mcpResourcesRead = read("resources/read")
    static let mcpComplete = read("completion/complete")
    static let mcpListen = visit("subscriptions/listen", timeout: nil)
    static let mcpTasksGet = visit("tasks/get")
    static let mcpTasksUpdate = visit("tasks/update")
    static let mcpTasksCancel = visit("tasks/cancel")

    // MCP tools: the name is the tool's own.
    static let hybridSearch = search("hybrid_search")
    static let searchDocuments = search("search_documents")
    static let retrieveDocument = read("retrieve_document")
    static let listDocuments = read("list_documents")
    static let findSimilar = search("find_similar")
    static let getPassages = read("get_passages")
    static let listCollections = read("list_collections")
    static let explainHit = search("explain_hit")
    static let addDocuments = write("add_documents")
    static let updateDocument = write("update_document")
    static let deleteDocuments = write("delete_documents")

    // A2A: the public cards, what the protocol itself refuses, and a row for every method of both versions.
    static let agentCard = open("a2a.card")
    static let a2a = Operation(
        name: "a2a", authority: .anyCredential, cost: .free, timeout: .seconds(5), retries: 0, audit: .none,
        isLimited: false, isMCP: false)
    static let a2aSendMessage = agent("SendMessage", cost: .search, timeout: nil)
    static let a2aSendStreamingMessage = agent("SendStreamingMessage", cost: .search, timeout: nil)
    static let a2aGetTask = agent("GetTask")
    static let a2aListTasks = agent("ListTasks")
    static let a2aCancelTask = agent("CancelTask")
    static let a2aSubscribeToTask = agent("SubscribeToTask", timeout: nil)
    static let a2aCreatePush = agent("CreateTaskPushNotificationConfig")
    static let a2aGetPush = agent("GetTaskPushNotificationConfig")
    static let a2aListPush = agent("ListTaskPushNotificationConfigs")
    static let a2aDeletePush = agent("DeleteTaskPushNotificationConfig")
    static let a2aGetExtendedCard = agent("GetExtendedAgentCard")

    // REST.
    static let restSearch = search("rest.search", tool: false)
    static let restExplain = search("rest.search.explain", tool: false)
    static let restSimilar = search("rest.search.similar", tool: false)
    static let restSuggest = search("rest.suggest", tool: false)
    static let restListDocuments = read("rest.documents.list", tool: false)
    static let restGetDocument = read("rest.documents.get", tool: false)
    static let restAddDocuments = write("rest.documents.add", tool: false)
    static let restPutDocument = write("rest.documents.put", tool: false)
    static let restDeleteDocument = write("rest.documents.delete", tool: false)
    static let restPatchDocument = write("rest.documents.patch", tool: false)
    static let restDeleteDocuments = write("rest.documents.delete_many", tool: false)
    static let restBulk = write("rest.documents.bulk", timeout: nil, tool: false)
    static let restListCollections = read("rest.collections.list", tool: false)
    static let restCreateCollection = write("rest.collections.create", tool: false)
    static let restShowCollection = read("rest.collections.get", tool: false)
    static let restDeleteCollection = write("rest.collections.delete", tool: false)
    static let restShowFields = read("rest.collections.fields.get", tool: false)
    static let restDeclareFields = write("rest.collections.fields.put", tool: false)
    static let restShowSettings = read("rest.collections.settings.get", tool: false)
    static let restPutSettings = write("rest.collections.settings.put", tool: false)
    static let restListSpaces = read("rest.collections.spaces.list", tool: false)
    static let restPutSpace = write("rest.collections.spaces.put", tool: false)
    static let restDropSpace = write("rest.collections.spaces.delete", tool: false)
    static let restShowLegs = read("rest.collections.legs.get", tool: false)
    static let restPutLeg = write("rest.collections.legs.put", tool: false)
    static let restProbe = Operation(
        name: "rest.collections.probe", authority: .scope(.write), cost: .write, timeout: .seconds(300), retries: 0,
        audit: .queued, isLimited: true, isMCP: false)
    static let restAnalyze = read("rest.collections.analyze", tool: false)
    static let restListJudgments = read("rest.collections.judgments.list", tool: false)
    static let restKeepJudgments = write("rest.collections.judgments.put", tool: false)
    static let restDeleteJudgments = write("rest.collections.judgments.delete", tool: false)
    static let restEvaluate = Operation(
        name: "rest.collections.evaluate", authority: .scope(.search), cost: .search, timeout: .seconds(120),
        retries: 0,
        audit: .queued, isLimited: true, isMCP: false)
    static let restCompact = write("rest.collections.compact", tool: false)
    static let restShowFiles = read("rest.collections.files.get", tool: false)
    static let restListJobs = read("rest.jobs.list", tool: false)
    static let restShowJob = read("rest.jobs.get", tool: false)
    static let restEmbeddings = Operation(
        name: "rest.embeddings", authority: .scope(.search), cost: .embed, timeout: .seconds(60), retries: 0,
        audit: .queued, isLimited: true, isMCP: false)
    static let restListModels = read("rest.models.list", tool: false)
    static let restShowModel = read("rest.models.get", tool: false)
    static let metrics = Operation(
        name: "metrics", authority: .scope(.operator), cost: .free, timeout: .seconds(10), retries: 0, audit: .none,
        isLimited: false, isMCP: false)
    static let adminListTenants = admin("admin.tenants.list")
    static let adminCreateTenant = admin("admin.tenants.create")
    static let adminShowTenant = admin("admin.tenants.show")
    static let adminSuspendTenant = admin("admin.tenants.suspend")
    static let adminResumeTenant = admin("admin.tenants.resume")
    static let adminDeleteTenant = admin("admin.tenants.delete")

    /// The work of one task, from its beginning or its restart to the next time it is the owner's turn.
    static let taskRun = Operation(
        name: "a2a.task.run", authority: .scope(.search), cost: .search, timeout: .seconds(600), retries: 0,
        audit: .queued, isLimited: false, isMCP: false)

    /// Doors in the shape of OpenAI's API, errors included.
    static let inOpenAIsShape: Set<Operation> = [restEmbeddings, restListModels, restShowModel]

    /// Every row, in the order above.
    package static let all: [Operation] = [
        page, openAPI, health, wellKnown, authorizePage, token, unrouted, unreadable,
        mcp, mcpDiscover, mcpInitialize, mcpPing, mcpToolsList,
        mcpPromptsList, mcpPromptsGet, mcpResourcesList, mcpTemplatesList, mcpResourcesRead, mcpComplete, mcpListen,
        mcpTasksGet, mcpTasksUpdate, mcpTasksCancel,
        hybridSearch, searchDocuments, retrieveDocument, listDocuments, findSimilar, getPassages, listCollections,
        explainHit, addDocuments, updateDocument, deleteDocuments,
        agentCard, a2a, a2aSendMessage, a2aSendStreamingMessage, a2aGetTask, a2aListTasks, a2aCancelTask,
        a2aSubscribeToTask, a2aCreatePush, a2aGetPush, a2aListPush, a2aDeletePush, a2aGetExtendedCard,
        restSearch, restExplain, restSimilar, restSuggest, restListDocuments, restGetDocument, restAddDocuments,
        restPutDocument,
        restDeleteDocument,
        restPatchDocument, restDeleteDocuments, restBulk, restListCollections, restCreateCollection,
        restShowCollection, restDeleteCollection, restShowFields, restDeclareFields, restShowSettings, restPutSettings,
        restListSpaces, restPutSpace, restDropSpace,
        restShowLegs, restPutLeg, restProbe,
        restAnalyze, restListJudgments, restKeepJudgments, restDeleteJudgments, restEvaluate, restCompact,
        restShowFiles, restListJobs, restShowJob, restEmbeddings, restListModels,
        restShowModel, metrics,
        adminListTenants, adminCreateTenant, adminShowTenant, adminSuspendTenant, adminResumeTenant, adminDeleteTenant,
        taskRun,
    ]

    private static func open(_ name: String) -> Operation {
        Operation(
            name: name, authority: .open, cost: .free, timeout: .seconds(5), retries: 0, audit: .none,
            isLimited: false, isMCP: false)
    }
    private static func protocolStep(_ name: String, limited: Bool = false) -> Operation {
        Operation(
            name: name, authority: .anyCredential, cost: .free, timeout: .seconds(5), retries: 0, audit: .none,
            isLimited: limited, isMCP: true)
    }
    /// Open to every credential: what it gives depends on the scopes, down to nothing.
    private static func visit(_ name: String, timeout: Duration? = .seconds(30)) -> Operation {
        Operation(
            name: name, authority: .anyCredential, cost: .read, timeout: timeout, retries: 0, audit: .queued,
            isLimited: true, isMCP: true)
    }
    private static func search(_ name: String, tool: Bool = true) -> Operation {
        Operation(
            name: name, authority: .scope(.search), cost: .search, timeout: .seconds(30), retries: 1, audit: .queued,
            isLimited: true, isMCP: tool)
    }
    private static func read(_ name: String, tool: Bool = true) -> Operation {
        Operation(
            name: name, authority: .scope(.search), cost: .read, timeout: .seconds(30), retries: 1, audit: .queued,
            isLimited: true, isMCP: tool)
    }
    /// Writes are never tried again by us: the caller decides whether an unacknowledged one is repeated.
    private static func write(_ name: String, timeout: Duration? = .seconds(120), tool: Bool = true) -> Operation {
        Operation(
            name: name, authority: .scope(.write), cost: .write, timeout: timeout, retries: 0, audit: .inTransaction,
            isLimited: true, isMCP: tool)
    }
    /// A method of A2A.
    ///
    /// One that waits for a task or streams has no time of its own: the task has.
    private static func agent(_ name: String, cost: CostClass = .read, timeout: Duration? = .seconds(30)) -> Operation {
        Operation(
            name: "a2a." + name, authority: .scope(.search), cost: cost, timeout: timeout, retries: 0, audit: .queued,
            isLimited: true, isMCP: false)
    }
    private static func admin(_ name: String) -> Operation {
        Operation(
            name: name, authority: .scope(.operator), cost: .admin, timeout: .seconds(60), retries: 0, audit: .queued,
            isLimited: false, isMCP: false)
    }
}
