import A2A
package import Access
package import Embedding
import Glibc
package import HTTPServer
import JSON
import MCP
import Synchronization
package import TenantStore

/// The appliance: everything it is made of, put together once; read this first.
///
/// ``handle(_:)`` answers a request without any socket, which is how tests and commands use it; ``start()`` puts the same
/// behind a listener and behind the socket file of the data folder.
package final class SearchAppliance: Sendable {
    /// Of this program.
    package static let version = "0.1.0"

    package let configuration: Configuration
    package let folder: DataFolder
    package let database: ApplianceDatabase
    package let keys: KeyRing
    package let registry: TenantRegistry
    package let tenants: TenantRoll
    package let gate: Gate
    package let metrics = Metrics()
    package let log: Log

    /// What agents are offered.
    package let composition: Composition
    /// Who follows tasks, and who works on them.
    let taskDesk = TaskDesk()
    /// Tells receivers of tasks' events; nil where the operator allows none.
    let courier: PushCourier?
    /// Calls of agents that go on behind their answers, and those that can be taken back.
    let mcpTasks = MCPTasks()
    let legacyCalls = LegacyCalls()
    /// Ticks the open event streams.
    let pulse = StreamPulse()
    /// Closes cursors and other texts that clients carry for us.
    let seal: TokenSeal
    var requestStates: RequestStates { RequestStates(seal: seal) }
    /// Who listens to changes.
    package var changes: ChangeHub { registry.changes }
    let hosts: ServedHosts
    let breaker: RecordBreaker
    let queryHash: QueryHash
    /// Gives tokens to registered clients.
    let clientGrant: ClientGrant
    /// Those whose tokens are taken; nil in mode `token`.
    let identityProviders: IdentityProviders?
    let endpoint: MCPEndpoint
    let agentEndpoint: A2AEndpoint
    /// Sign what the agent says about itself.
    let cardKeys: CardKeys
    let agentCards: AgentCards
    /// Nil where no model is installed.
    var embedder: EmbeddingService? { services.embedder }
    var hasModel: Bool { embedder != nil }
    private let services: EngineServices
    /// For the appliance file and the folders of tenants, which the event loop and Swift's own threads must not wait for.
    private let fileThreads = ThreadPool(threads: 2, queueLimit: 1_024)
    private let running = Mutex(Running())

    private struct Running {
        var baseURL: WebOrigin
        var server: HTTPServer?
        var tls: TLSContext?
        var isStopping = false

        init(baseURL: WebOrigin = WebOrigin(scheme: "http", host: "127.0.0.1", port: 80)) {
            self.baseURL = baseURL
        }
    }

    /// Opens a data folder; whoever calls holds its lock.
    /// - Parameters:
    ///   - embedder: Nil where no model is installed: search is by keywords alone and says so.
    ///   - earlierEmbedder: Of the model before, whose vectors answer until those of `embedder` are complete.
    /// - Throws: ``ApplianceError``, `AccessError` or `StoreError`, naming the file that cannot be used.
    package init(
        _ configuration: Configuration, folder: DataFolder, embedder: EmbeddingService?,
        earlierEmbedder: EmbeddingService? = nil, log: Log,
        composition: Composition = .standard
    ) throws {
        self.configuration = configuration
        self.composition = composition
        self.folder = folder
        self.log = log
        // What is on the disk.
        database = try ApplianceDatabase.open(folder.applianceDatabase, auditHash: AuditChain.hash)
        keys = try KeyRing.open(folder.signingKeys)
        queryHash = try QueryHash(folder: folder.signingKeys)
        cardKeys = try CardKeys.open(folder.signingKeys)
        seal = TokenSeal(key: try BoxSecret.read("seal", in: folder.signingKeys))
        courier =
            configuration.pushAllow.isEmpty
            ? nil
            : PushCourier(
                allowed: configuration.pushAllow,
                box: SecretBox(key: try BoxSecret.read("push", in: folder.signingKeys)), log: log,
                pace: composition.pushPace)
        // What runs the engines.
        services = EngineServices(
            embedder: embedder, earlierEmbedder: earlierEmbedder, log: log, metrics: metrics, seal: seal,
            recallShare: configuration.recallShare, fusion: configuration.fusion,
            reranker: try Reranker(configuration.rerank, metrics: metrics, log: log))
        registry = TenantRegistry(folder: folder, services: services, openLimit: Self.openTenantLimit())
        // What stands before them.
        let directory = TenantDirectory(database, keys: keys, threads: fileThreads)
        breaker = RecordBreaker(isRequiredForReads: configuration.auditRequired)
        var audiences: Set<String> = []
        if let publicURL = configuration.publicURL { audiences.insert("\(publicURL)/mcp") }
        identityProviders = IdentityProviders(configuration.authorization, log: log)
        let rates = RateLimits(configuration)
        gate = Gate(
            credentials: CredentialVerifier(
                keys: keys, acceptedAudiences: audiences, identityProviders: identityProviders),
            directory: directory,
            refusals: RefusalLimiter(perMinute: configuration.refusalsPerMinute), rates: rates,
            breaker: breaker,
            sinks: [
                MetricsSink(metrics: metrics), LogSink(log: log),
                LedgerSink(
                    registry: registry, database: database, breaker: breaker, metrics: metrics, log: log,
                    threads: fileThreads),
            ])
        tenants = TenantRoll(
            database: database, registry: registry, folder: folder, directory: directory, threads: fileThreads)
        clientGrant = ClientGrant(
            keys: keys, directory: directory, rates: rates, database: database, threads: fileThreads)
        // What speaks to the outside.
        hosts = ServedHosts(
            listenHosts: configuration.listenHosts, publicURL: configuration.publicURL,
            allowedHosts: configuration.allowedHosts, servesTLS: configuration.servesTLS)
        endpoint = MCPEndpoint(
            serverInfo: ServerInfo(name: "carrel", title: "Carrel search", version: Self.version),
            instructions: """
                Search the documents of your tenant. Start with hybrid_search for questions or search_documents for exact \
                terms; read a whole document with retrieve_document. list_collections shows what there is.
                """,
            capabilities: ServerCapabilities(
                families: Set(ServerCapabilities.Family.allCases), listChanged: composition.changingLists,
                watchesResources: true, extensions: JSONObject([(TaskExtension.identifier, .object([:]))])),
            seal: TextSeal(
                seal: { [seal] in seal.seal($0, for: $1) }, open: { [seal] in seal.open($0, for: $1) }))
        agentEndpoint = A2AEndpoint(
            extensions: composition.agent.extensions, restType: configuration.agentMediaType)
        agentCards = AgentCards(keys: cardKeys)
        setBaseURL(port: configuration.listenPort)
    }

    /// Opens a data folder with the model that is installed, if there is one.
    /// - Parameter embeds: Whether texts are embedded at all; without, search is by keywords and vectors come later.
    package static func open(
        _ configuration: Configuration, folder: DataFolder, embeds: Bool = true, composition: Composition = .standard
    ) async throws -> SearchAppliance {
        let log = Log(minimumLevel: configuration.logLevel)
        let embedder = embeds ? await InstalledModel.load(configuration, folder: folder, log: log) : nil
        let earlier = embedder == nil ? nil : await InstalledModel.loadPrevious(configuration, log: log)
        return try SearchAppliance(
            configuration, folder: folder, embedder: embedder, earlierEmbedder: earlier, log: log,
            composition: composition)
    }

    /// Answers one request, on whatever wire it came; never throws, never without an answer.
    package func handle(_ request: HTTPRequest) async -> HTTPResponse {
        await Router().answer(request, of: self)
    }

    // MARK: Serving

    /// Listens where the configuration says and on the socket file of the data folder.
    /// - Parameter preparing: What a program around the appliance does to each request before it is answered.
    /// - Returns: What was bound.
    /// - Throws: ``ApplianceError/listenRefused(reason:)``, `TLSError`, `HTTPServerError`.
    @discardableResult
    package func start(
        preparing prepare: @escaping @Sendable (HTTPRequest) -> HTTPRequest = { $0 }
    ) throws -> [BoundAddress] {
        try configuration.checkListener()
        try configuration.authorization.check()
        var tls: TLSContext?
        if let certificate = configuration.tlsCertificate, let key = configuration.tlsKey {
            let clients = configuration.tlsClientCA.map {
                TLSClientAuthority(path: $0, isRequired: !configuration.tlsClientIsOptional)
            }
            tls = try TLSContext(
                certificate: certificate, key: key, minimum: configuration.tlsMinimum, clients: clients)
        }
        var settings = HTTPServerConfiguration(
            listeners: configuration.listeners + [.unix(path: folder.socket)], errorAnswer: serverAnswer)
        settings.limits.bodyByteCount = .max
        settings.limits.connectionsPerAddress = configuration.connectionsPerAddress
        settings.trustedProxies = configuration.trustedProxies
        settings.tls = tls
        // A function, not a closure: Swift 6.3 lets a closure here leave the loop for the shared pool and come back, two changes
        // of thread for every request.
        @Sendable func answer(_ request: HTTPRequest) async -> HTTPResponse { await handle(prepare(request)) }
        let server = HTTPServer(settings, handler: answer)
        let bound = try server.start()
        running.withLock { running in
            running.server = server
            running.tls = tls
        }
        if case .tcp(_, let port)? = bound.first(where: { if case .tcp = $0 { true } else { false } }) {
            setBaseURL(port: port)
        }
        identityProviders?.begin()
        log.info("serving", ["address": baseURL.description, "version": Self.version])
        if let tls { warnOfExpiry(tls) }
        tasks.start()
        return bound
    }

    /// Reads the certificate, its key and the clients' authorities anew; when they cannot be used the old ones stay in use.
    package func reloadCertificate() {
        guard let tls = running.withLock({ $0.tls }) else { return }
        do throws(TLSError) {
            try tls.reload()
            log.info("certificate reloaded", ["path": tls.certificatePath])
            warnOfExpiry(tls)
        } catch {
            log.error("certificate not reloaded", ["reason": "\(error)"])
        }
    }

    private func warnOfExpiry(_ tls: TLSContext) {
        let days = (tls.expiresAt - Int(Timestamp.now.seconds)) / 86_400
        if days < 30 {
            log.warning("certificate expires soon", ["path": tls.certificatePath, "days": "\(days)"])
        }
    }

    /// Lets what runs finish, closes every tenant, and ends.
    package func close() async {
        let server = running.withLock { running in
            running.isStopping = true
            return running.server
        }
        changes.close()
        // Streams of changes say that this is their end before those that are left are cut; one whose reader stalls is not
        // waited for.
        for _ in 0..<50 where changes.streamCount > 0 { try? await Task.sleep(for: .milliseconds(20)) }
        // So do followers of tasks, who come again for what the log has then.
        pulse.close()
        for _ in 0..<50 where pulse.endingCount > 0 { try? await Task.sleep(for: .milliseconds(20)) }
        await server?.drain(grace: .seconds(configuration.drainSeconds)) { [gate, legacyCalls] in
            gate.end()
            legacyCalls.end()
        }
        await tasks.close()
        await mcpTasks.close()
        await registry.close()
        services.close()
        identityProviders?.close()
        fileThreads.close()
        do {
            try database.close()
        } catch {
            log.error("appliance file not closed", ["reason": "\(error)"])
        }
        if server != nil { log.info("stopped") }
    }

    /// Where clients reach this box: the public URL, else what was bound; never taken from a request.
    package var baseURL: WebOrigin {
        running.withLock { $0.baseURL }
    }

    /// Where a refused client learns how to get a credential.
    var metadataURL: MetadataLink {
        let authorization = configuration.authorization
        return MetadataLink(
            url: "\(baseURL)/.well-known/oauth-protected-resource/mcp",
            firstScopes: authorization.advertisedScopes.joined(separator: " "),
            spelling: authorization.spelling)
    }

    /// The URI for which tokens are given, as the metadata names it.
    var resource: String { "\(baseURL)/mcp" }

    private func setBaseURL(port: UInt16) {
        let scheme = configuration.servesTLS ? "https" : "http"
        let url = configuration.publicURL ?? WebOrigin(scheme: scheme, host: configuration.listenHost, port: port)
        running.withLock { $0.baseURL = url }
        identityProviders?.serve(resource: resource)
    }

    // MARK: State

    /// Whether work can be taken.
    /// - Throws: ``ApplianceError/shuttingDown``; what reading the appliance file throws.
    func checkReady() async throws {
        if running.withLock({ $0.isStopping }) { throw ApplianceError.shuttingDown }
        _ = try await fileThreads.run { [database] in try database.changeCounter() }
    }

    /// What works less well than it could.
    var healthWarnings: [String] {
        (hasModel ? [] : ["no model is installed: search is by keywords alone"]) + services.ledger.warnings
    }

    /// Whether searches miss something now.
    var isDegraded: Bool { !hasModel || services.ledger.isIncomplete }

    /// The numbers of this process and its engines.
    func metricsText() -> String {
        var text = metrics.exposition()
        func gauge(_ name: String, _ help: String, _ value: Int) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) gauge\n\(name) \(value)\n"
        }
        gauge("carrel_embedder_present", "1 with a model, 0 where search is by keywords alone.", hasModel ? 1 : 0)
        gauge(
            "carrel_passages_waiting", "Passages of open tenants that wait for a vector.",
            registry.waitingPassageCount)
        gauge("carrel_open_tenants", "Tenants open now.", registry.openCount)
        let server = running.withLock { $0.server }
        gauge("carrel_open_connections", "Connections open now.", server?.openConnectionCount ?? 0)
        let refused = server?.refusalCounts ?? (ofAll: 0, ofOneClient: 0)
        text += services.ledger.exposition
        text += services.recall.exposition
        text += services.legLedger.exposition
        text += "# HELP carrel_connections_refused_total Connections and forwarded requests above a limit.\n"
        text += "# TYPE carrel_connections_refused_total counter\n"
        text += "carrel_connections_refused_total{limit=\"all\"} \(refused.ofAll)\n"
        text += "carrel_connections_refused_total{limit=\"address\"} \(refused.ofOneClient)\n"
        return text
    }

    /// Forgets the numbers of a tenant that was deleted.
    func forgetNumbers(of tenant: String) {
        metrics.forget(.hybridSearches, [tenant])
        services.recall.forget(tenant: tenant)
    }

    /// Half of the descriptors that the process may have go to tenants; the soft limit is raised to the hard one first.
    private static func openTenantLimit() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 64 }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 64 }
        let descriptors = Int(clamping: min(limit.rlim_cur, 1 << 20))
        return max(8, descriptors / 2 / TenantRegistry.descriptorsPerTenant)
    }

    /// What the server itself answers to bytes that are no request: no gate sees them, so they are recorded here.
    private var serverAnswer: HTTPServerConfiguration.ErrorAnswer {
        let sinks = (metrics: MetricsSink(metrics: metrics), log: LogSink(log: log))
        return { status, reason, peer in
            let call = Call(unreadableFrom: peer)
            let problem = Problem(httpStatus: status, reason: reason)
            let outcome = Outcome(
                operation: Operations.unreadable, call: call, tenant: nil, userID: "", credentialID: "", status: status,
                code: problem.code, fault: nil, startedAt: .now, duration: .zero, tally: Tally.Values())
            sinks.metrics.record(outcome)
            sinks.log.record(outcome)
            var response = problem.response(requestID: call.requestID, metadataURL: .none)
            response.headers.set("X-Request-Id", call.requestID)
            return response
        }
    }
}
