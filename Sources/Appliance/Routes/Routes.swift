/// Every route of the appliance.
package enum Routes {
    /// The table as others may read it: method, pattern and the operation behind.
    package static var table: [(method: String, pattern: String, operation: Operation)] {
        all.map { ($0.method, $0.pattern, $0.operation) }
    }

    static let all: [Route] = [
        // Open to everybody.
        Route("GET", "/", Operations.page, read: PageRoutes.read, answer: PageRoutes.page),
        Route("GET", "/console/{file}", Operations.page, read: PageRoutes.read, answer: PageRoutes.file),
        Route("GET", "/health", Operations.health, answer: HealthRoutes.summary),
        Route("GET", "/health/live", Operations.health, answer: HealthRoutes.live),
        Route("GET", "/health/ready", Operations.health, answer: HealthRoutes.ready),
        Route("GET", "/.well-known/oauth-protected-resource", Operations.wellKnown, answer: WellKnownRoutes.resource),
        Route(
            "GET", "/.well-known/oauth-protected-resource/mcp", Operations.wellKnown, answer: WellKnownRoutes.resource),
        Route("GET", "/.well-known/oauth-authorization-server", Operations.wellKnown, answer: WellKnownRoutes.issuer),
        Route("GET", "/.well-known/jwks.json", Operations.wellKnown, answer: WellKnownRoutes.keys),
        Route(
            "GET", "/.well-known/agent-card.json", Operations.agentCard, read: AgentCardRoutes.readRoot,
            answer: AgentCardRoutes.answer),
        Route(
            "GET", "/.well-known/agent.json", Operations.agentCard, read: AgentCardRoutes.readRoot,
            answer: AgentCardRoutes.answer),
        Route(
            "GET", "/a2a/1.0/.well-known/agent-card.json", Operations.agentCard, read: AgentCardRoutes.readCurrent,
            answer: AgentCardRoutes.answer),
        Route(
            "GET", "/a2a/0.3/.well-known/agent-card.json", Operations.agentCard, read: AgentCardRoutes.readOld,
            answer: AgentCardRoutes.answer),
        Route("GET", "/oauth/authorize", Operations.authorizePage, answer: OAuthRoutes.authorizePage),
        Route("POST", "/oauth/token", Operations.token, read: OAuthRoutes.readToken, answer: OAuthRoutes.token),
        // Agents.
        Route("POST", "/mcp", Operations.mcp, door: MCPRoute.answer),
        Route("POST", "/a2a/v1", Operations.a2a, door: A2ARoutes.rpc),
        Route("*", "/a2a/rest/{path*}", Operations.a2a, door: A2ARoutes.rest),
        // Search and documents.
        Route("POST", "/v1/search", Operations.restSearch, read: SearchRoute.read, answer: SearchRoute.answer),
        Route(
            "POST", "/v1/search:explain", Operations.restExplain, read: ExplainRoute.read, answer: ExplainRoute.answer),
        Route(
            "GET", "/v1/documents", Operations.restListDocuments, read: DocumentRoutes.readList,
            answer: DocumentRoutes.list),
        Route(
            "POST", "/v1/documents", Operations.restAddDocuments, read: DocumentRoutes.readAdd,
            answer: DocumentRoutes.add),
        Route("POST", "/v1/documents:bulk", Operations.restBulk, read: BulkRoute.read, stream: BulkRoute.answer),
        Route(
            "GET", "/v1/documents/{id}", Operations.restGetDocument, read: DocumentRoutes.readName,
            answer: DocumentRoutes.get),
        Route(
            "PUT", "/v1/documents/{id}", Operations.restPutDocument, read: DocumentRoutes.readPut,
            answer: DocumentRoutes.add),
        Route(
            "DELETE", "/v1/documents/{id}", Operations.restDeleteDocument, read: DocumentRoutes.readName,
            answer: DocumentRoutes.delete),
        Route(
            "PATCH", "/v1/documents/{id}", Operations.restPatchDocument, read: DocumentChangeRoutes.readPatch,
            answer: DocumentChangeRoutes.patch),
        Route(
            "POST", "/v1/documents:delete", Operations.restDeleteDocuments, read: DocumentChangeRoutes.readDeletion,
            answer: DocumentChangeRoutes.delete),
        Route("GET", "/v1/collections", Operations.restListCollections, answer: CollectionRoutes.list),
        Route(
            "POST", "/v1/collections", Operations.restCreateCollection, read: CollectionRoutes.readCreate,
            answer: CollectionRoutes.create),
        Route(
            "GET", "/v1/collections/{name}", Operations.restShowCollection, read: CollectionRoutes.readName,
            answer: CollectionRoutes.show),
        Route(
            "DELETE", "/v1/collections/{name}", Operations.restDeleteCollection, read: CollectionRoutes.readDelete,
            answer: CollectionRoutes.delete),
        Route("GET", "/v1/jobs", Operations.restListJobs, read: JobRoutes.readList, answer: JobRoutes.list),
        Route("GET", "/v1/jobs/{id}", Operations.restShowJob, read: JobRoutes.readName, answer: JobRoutes.show),
        // The built-in embedder, for OpenAI's clients.
        Route(
            "POST", "/v1/embeddings", Operations.restEmbeddings, read: EmbeddingRoutes.read,
            answer: EmbeddingRoutes.embed),
        Route("GET", "/v1/models", Operations.restListModels, answer: EmbeddingRoutes.models),
        Route(
            "GET", "/v1/models/{model}", Operations.restShowModel, read: EmbeddingRoutes.readModel,
            answer: EmbeddingRoutes.model),
        // The operator.
        Route("GET", "/metrics", Operations.metrics, answer: MetricsRoute.text),
        Route("GET", "/v1/admin/tenants", Operations.adminListTenants, answer: TenantRoutes.list),
        Route(
            "POST", "/v1/admin/tenants", Operations.adminCreateTenant, read: TenantRoutes.readCreate,
            answer: TenantRoutes.create),
        Route(
            "GET", "/v1/admin/tenants/{name}", Operations.adminShowTenant, read: TenantRoutes.readName,
            answer: TenantRoutes.show),
        Route(
            "POST", "/v1/admin/tenants/{name}/suspend", Operations.adminSuspendTenant, read: TenantRoutes.readName,
            answer: TenantRoutes.suspend),
        Route(
            "POST", "/v1/admin/tenants/{name}/resume", Operations.adminResumeTenant, read: TenantRoutes.readName,
            answer: TenantRoutes.resume),
        Route(
            "DELETE", "/v1/admin/tenants/{name}", Operations.adminDeleteTenant, read: TenantRoutes.readName,
            answer: TenantRoutes.delete),
    ]
}
