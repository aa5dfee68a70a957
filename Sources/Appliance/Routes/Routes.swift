/// Every route of the appliance.
package enum Routes {
    /// The table as others may read it: method, pattern and the operation behind.
    package static var table: [(method: String, pattern: String, operation: Operation)] {
        all.map { ($0.method, $0.pattern, $0.operation) }
    }

    /// Rows whose pattern is a path as it stands, by method and path; of rows alike, the first.
    private static let literals: [String: [String: Route]] = Dictionary(
        grouping: all.filter(\.isLiteral), by: \.method
    ).mapValues { rows in Dictionary(rows.map { ($0.pattern, $0) }, uniquingKeysWith: { first, _ in first }) }

    /// The row of a path that is spelled as its pattern is: what most requests ask for, without taking the path apart.
    static func literal(_ method: String, _ path: String) -> Route? { literals[method]?[path] }

    /// Each row: method, pattern, operation, description, and how the input is read and answered.
    static let all: [Route] = [
        // Open to everybody.
        Route("GET", "/", Operations.page, PageRoutes.aboutPage, read: PageRoutes.read, answer: PageRoutes.page),
        Route(
            "GET", "/console/{file}", Operations.page, PageRoutes.aboutFile, read: PageRoutes.read,
            answer: PageRoutes.file),
        Route(
            "GET", "/openapi.json", Operations.openAPI, OpenAPIRoute.about, read: OpenAPIRoute.read,
            answer: OpenAPIRoute.document),
        Route("GET", "/health", Operations.health, HealthRoutes.aboutSummary, answer: HealthRoutes.summary),
        Route("GET", "/health/live", Operations.health, HealthRoutes.aboutLive, answer: HealthRoutes.live),
        Route("GET", "/health/ready", Operations.health, HealthRoutes.aboutReady, answer: HealthRoutes.ready),
        Route(
            "GET", "/.well-known/oauth-protected-resource", Operations.wellKnown, WellKnownRoutes.aboutResource,
            answer: WellKnownRoutes.resource),
        Route(
            "GET", "/.well-known/oauth-protected-resource/mcp", Operations.wellKnown, WellKnownRoutes.aboutResource,
            answer: WellKnownRoutes.resource),
        Route(
            "GET", "/.well-known/oauth-authorization-server", Operations.wellKnown, WellKnownRoutes.aboutIssuer,
            answer: WellKnownRoutes.issuer),
        Route(
            "GET", "/.well-known/jwks.json", Operations.wellKnown, WellKnownRoutes.aboutKeys,
            answer: WellKnownRoutes.keys),
        Route(
            "GET", "/oauth/authorize", Operations.authorizePage, OAuthRoutes.aboutAuthorizePage,
            answer: OAuthRoutes.authorizePage),
        Route(
            "POST", "/oauth/token", Operations.token, OAuthRoutes.aboutToken, read: OAuthRoutes.readToken,
            answer: OAuthRoutes.token),
        Route(
            "GET", "/.well-known/agent-card.json", Operations.agentCard, AgentCardRoutes.about,
            read: AgentCardRoutes.readRoot, answer: AgentCardRoutes.answer),
        Route(
            "GET", "/.well-known/agent.json", Operations.agentCard, AgentCardRoutes.about,
            read: AgentCardRoutes.readRoot, answer: AgentCardRoutes.answer),
        Route(
            "GET", "/a2a/1.0/.well-known/agent-card.json", Operations.agentCard, AgentCardRoutes.about,
            read: AgentCardRoutes.readCurrent, answer: AgentCardRoutes.answer),
        Route(
            "GET", "/a2a/0.3/.well-known/agent-card.json", Operations.agentCard, AgentCardRoutes.about,
            read: AgentCardRoutes.readOld, answer: AgentCardRoutes.answer),
        // Agents.
        Route("POST", "/mcp", Operations.mcp, MCPRoute.about, door: MCPRoute.answer),
        Route("POST", "/a2a/v1", Operations.a2a, A2ARoutes.aboutRPC, door: A2ARoutes.rpc),
        Route("*", "/a2a/rest/{path*}", Operations.a2a, A2ARoutes.aboutREST, door: A2ARoutes.rest),
        // Search and documents.
        Route(
            "POST", "/v1/search", Operations.restSearch, SearchRoute.about, read: SearchRoute.read,
            answer: SearchRoute.answer),
        Route(
            "POST", "/v1/search:explain", Operations.restExplain, ExplainRoute.about, read: ExplainRoute.read,
            answer: ExplainRoute.answer),
        Route(
            "POST", "/v1/search:similar", Operations.restSimilar, SimilarRoute.about, read: SimilarRoute.read,
            answer: SimilarRoute.answer),
        Route(
            "POST", "/v1/suggest", Operations.restSuggest, SuggestRoute.about, read: SuggestRoute.read,
            answer: SuggestRoute.answer),
        Route(
            "GET", "/v1/documents", Operations.restListDocuments, DocumentRoutes.aboutList,
            read: DocumentRoutes.readList, answer: DocumentRoutes.list),
        Route(
            "POST", "/v1/documents", Operations.restAddDocuments, DocumentRoutes.aboutAdd,
            read: DocumentRoutes.readAdd, answer: DocumentRoutes.add),
        Route(
            "POST", "/v1/documents:bulk", Operations.restBulk, BulkRoute.about, read: BulkRoute.read,
            stream: BulkRoute.answer),
        Route(
            "GET", "/v1/documents/{id}", Operations.restGetDocument, DocumentRoutes.aboutGet,
            read: DocumentRoutes.readGet, answer: DocumentRoutes.get),
        Route(
            "PUT", "/v1/documents/{id}", Operations.restPutDocument, DocumentRoutes.aboutPut,
            read: DocumentRoutes.readPut, answer: DocumentRoutes.add),
        Route(
            "DELETE", "/v1/documents/{id}", Operations.restDeleteDocument, DocumentRoutes.aboutDelete,
            read: DocumentRoutes.readDelete, answer: DocumentRoutes.delete),
        Route(
            "PATCH", "/v1/documents/{id}", Operations.restPatchDocument, DocumentChangeRoutes.aboutPatch,
            read: DocumentChangeRoutes.readPatch, answer: DocumentChangeRoutes.patch),
        Route(
            "POST", "/v1/documents:delete", Operations.restDeleteDocuments, DocumentChangeRoutes.aboutDelete,
            read: DocumentChangeRoutes.readDeletion, answer: DocumentChangeRoutes.delete),
        Route(
            "GET", "/v1/collections", Operations.restListCollections, CollectionRoutes.aboutList,
            read: CollectionRoutes.readList, answer: CollectionRoutes.list),
        Route(
            "POST", "/v1/collections", Operations.restCreateCollection, CollectionRoutes.aboutCreate,
            read: CollectionRoutes.readCreate, answer: CollectionRoutes.create),
        Route(
            "GET", "/v1/collections/{name}", Operations.restShowCollection, CollectionRoutes.aboutShow,
            read: CollectionRoutes.readName, answer: CollectionRoutes.show),
        Route(
            "GET", "/v1/collections/{name}/settings", Operations.restShowSettings,
            CollectionSettingsRoutes.aboutShow, read: CollectionSettingsRoutes.readName,
            answer: CollectionSettingsRoutes.show),
        Route(
            "PUT", "/v1/collections/{name}/settings", Operations.restPutSettings,
            CollectionSettingsRoutes.aboutChange, read: CollectionSettingsRoutes.readChange,
            answer: CollectionSettingsRoutes.change),
        Route(
            "GET", "/v1/collections/{name}/spaces", Operations.restListSpaces, SpaceRoutes.aboutList,
            read: SpaceRoutes.readName, answer: SpaceRoutes.list),
        Route(
            "PUT", "/v1/collections/{name}/spaces/{space}", Operations.restPutSpace, SpaceRoutes.aboutChange,
            read: SpaceRoutes.readChange, answer: SpaceRoutes.change),
        Route(
            "DELETE", "/v1/collections/{name}/spaces/{space}", Operations.restDropSpace, SpaceRoutes.aboutDrop,
            read: SpaceRoutes.readDrop, answer: SpaceRoutes.drop),
        Route(
            "GET", "/v1/collections/{name}/legs", Operations.restShowLegs, LegRoutes.aboutShow,
            read: LegRoutes.readName, answer: LegRoutes.show),
        Route(
            "PUT", "/v1/collections/{name}/legs", Operations.restPutLeg, LegRoutes.aboutChange,
            read: LegRoutes.readChange, answer: LegRoutes.change),
        Route(
            "POST", "/v1/collections/{name}:probe", Operations.restProbe, LegRoutes.aboutProbe,
            read: LegRoutes.readName, answer: LegRoutes.probe),
        Route(
            "POST", "/v1/collections/{name}:analyze", Operations.restAnalyze, CollectionSettingsRoutes.aboutAnalyze,
            read: CollectionSettingsRoutes.readAnalysis, answer: CollectionSettingsRoutes.analyze),
        Route(
            "GET", "/v1/collections/{name}/judgments", Operations.restListJudgments, JudgmentRoutes.aboutList,
            read: JudgmentRoutes.readList, answer: JudgmentRoutes.list),
        Route(
            "POST", "/v1/collections/{name}/judgments", Operations.restKeepJudgments, JudgmentRoutes.aboutChange,
            read: JudgmentRoutes.readChange, answer: JudgmentRoutes.change),
        Route(
            "DELETE", "/v1/collections/{name}/judgments", Operations.restDeleteJudgments, JudgmentRoutes.aboutDelete,
            read: JudgmentRoutes.readDeletion, answer: JudgmentRoutes.delete),
        Route(
            "POST", "/v1/collections/{name}:evaluate", Operations.restEvaluate, EvaluateRoute.about,
            read: EvaluateRoute.read, answer: EvaluateRoute.answer),
        Route(
            "POST", "/v1/collections/{name}:compact", Operations.restCompact, IndexFileRoutes.aboutCompact,
            read: IndexFileRoutes.readName, answer: IndexFileRoutes.compact),
        Route(
            "GET", "/v1/collections/{name}/files", Operations.restShowFiles, IndexFileRoutes.aboutShow,
            read: IndexFileRoutes.readName, answer: IndexFileRoutes.show),
        Route(
            "DELETE", "/v1/collections/{name}", Operations.restDeleteCollection, CollectionRoutes.aboutDelete,
            read: CollectionRoutes.readDelete, answer: CollectionRoutes.delete),
        Route(
            "GET", "/v1/collections/{name}/fields", Operations.restShowFields, FieldRoutes.aboutShow,
            read: FieldRoutes.read, answer: FieldRoutes.show),
        Route(
            "PUT", "/v1/collections/{name}/fields", Operations.restDeclareFields, FieldRoutes.aboutDeclare,
            read: FieldRoutes.readDeclaration, answer: FieldRoutes.declare),
        Route(
            "GET", "/v1/jobs", Operations.restListJobs, JobRoutes.aboutList, read: JobRoutes.readList,
            answer: JobRoutes.list),
        Route(
            "GET", "/v1/jobs/{id}", Operations.restShowJob, JobRoutes.aboutShow, read: JobRoutes.readName,
            answer: JobRoutes.show),
        // The built-in embedder, for OpenAI's clients.
        Route(
            "POST", "/v1/embeddings", Operations.restEmbeddings, EmbeddingRoutes.aboutEmbed,
            read: EmbeddingRoutes.read, answer: EmbeddingRoutes.embed),
        Route(
            "GET", "/v1/models", Operations.restListModels, EmbeddingRoutes.aboutModels,
            answer: EmbeddingRoutes.models),
        Route(
            "GET", "/v1/models/{model}", Operations.restShowModel, EmbeddingRoutes.aboutModel,
            read: EmbeddingRoutes.readModel, answer: EmbeddingRoutes.model),
        // The operator.
        Route("GET", "/metrics", Operations.metrics, MetricsRoute.about, answer: MetricsRoute.text),
        Route(
            "GET", "/v1/admin/tenants", Operations.adminListTenants, TenantRoutes.aboutList,
            answer: TenantRoutes.list),
        Route(
            "POST", "/v1/admin/tenants", Operations.adminCreateTenant, TenantRoutes.aboutCreate,
            read: TenantRoutes.readCreate, answer: TenantRoutes.create),
        Route(
            "GET", "/v1/admin/tenants/{name}", Operations.adminShowTenant, TenantRoutes.aboutShow,
            read: TenantRoutes.readName, answer: TenantRoutes.show),
        Route(
            "POST", "/v1/admin/tenants/{name}/suspend", Operations.adminSuspendTenant, TenantRoutes.aboutSuspend,
            read: TenantRoutes.readName, answer: TenantRoutes.suspend),
        Route(
            "POST", "/v1/admin/tenants/{name}/resume", Operations.adminResumeTenant, TenantRoutes.aboutResume,
            read: TenantRoutes.readName, answer: TenantRoutes.resume),
        Route(
            "DELETE", "/v1/admin/tenants/{name}", Operations.adminDeleteTenant, TenantRoutes.aboutDelete,
            read: TenantRoutes.readName, answer: TenantRoutes.delete),
    ]
}
