import Access
import Glibc
import JSON
import TenantStore

extension Command {
    static let demo = Command(
        "demo", summary: "Three tenants with different documents, three searches through MCP, and a running server",
        options: [
            .data,
            CommandOption(
                "--documents", "DIR", "the demo documents (default: data/demo of the checkout)", kind: .folder),
        ] + serverOptions + [.json],
        run: runDemo)

    @Sendable private static func runDemo(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let configuration = try CommandEnvironment.configuration(arguments, dataFolder: "carrel-demo")
        guard configuration.tlsCertificate == nil, configuration.tlsKey == nil else {
            throw CommandFailure("the demo speaks plain HTTP on loopback; leave the TLS settings out")
        }
        let documents = try arguments["--documents"] ?? DemoDocuments.find()
        let demo = Demo(
            configuration: configuration, documents: try DemoDocuments(documents), printsJSON: arguments.has("--json"))
        try await demo.run()
    }
}

/// The demo's documents and what is asked of them: `manifest.json` and a folder of Markdown files per tenant.
struct DemoDocuments {
    struct Tenant {
        var name: String
        var title: String
        var query: String
        var folder: String
    }

    let tenants: [Tenant]

    init(_ folder: String) throws(CommandFailure) {
        var reader = try FileLineReader(folder + "/manifest.json")
        var bytes: [UInt8] = []
        while let line = try reader.next() {
            if case .text(let text) = line { bytes += text + [UInt8(ascii: "\n")] }
        }
        guard let manifest = try? JSONValue(parsing: bytes), let entries = manifest["tenants"]?.arrayValue else {
            throw CommandFailure("\(folder)/manifest.json holds no list of tenants")
        }
        var tenants: [Tenant] = []
        for entry in entries {
            guard let name = entry["name"]?.stringValue, let query = entry["query"]?.stringValue else {
                throw CommandFailure("\(folder)/manifest.json: a tenant lacks its name or query")
            }
            tenants.append(
                Tenant(
                    name: name, title: entry["title"]?.stringValue ?? name, query: query, folder: "\(folder)/\(name)"))
        }
        self.tenants = tenants
    }

    /// `data/demo` of the checkout that the binary lies in, or of the folder one stands in.
    static func find() throws(CommandFailure) -> String {
        var folder = InstalledModel.executableFolder() ?? "."
        var candidates = ["data/demo"]
        for _ in 0..<5 {
            candidates.append(folder + "/data/demo")
            candidates.append(folder + "/share/carrel/demo")
            folder = InstalledModel.parent(folder)
        }
        for candidate in candidates where access(candidate + "/manifest.json", R_OK) == 0 {
            return candidate
        }
        throw CommandFailure("the demo documents are not here: run it in the checkout, or say --documents DIR")
    }
}

/// The demo from start to end.
private struct Demo {
    let configuration: Configuration
    let documents: DemoDocuments
    let printsJSON: Bool

    func run() async throws {
        var quiet = configuration
        quiet.logLevel = max(quiet.logLevel, .warning)
        let server = try await RunningServer.start(quiet, command: "demo", takesNextFreePort: true)
        do {
            try await prepare(server)
            let keys = try DemoKeys(folder: server.appliance.folder).renew(
                for: documents.tenants.map(\.name), database: server.appliance.database)
            var shown: [JSONValue] = []
            for tenant in documents.tenants {
                let key = keys[tenant.name] ?? ""
                let answer = try await ask(tenant, key: key, on: server.appliance.folder)
                shown.append([
                    "tenant": .string(tenant.name), "key": .string(key),
                    "page": .string("\(server.address)/#key=\(key)"), "query": .string(tenant.query),
                    "answer": answer,
                ])
                guard !printsJSON else { continue }
                Terminal.output("")
                Terminal.output(Terminal.bold("\(tenant.title) asks: \(tenant.query)"))
                SearchPrinter.show(answer)
            }
            if printsJSON {
                Terminal.output([
                    "address": .string(server.address), "mcp": .string(server.address + "/mcp"),
                    "tenants": .array(shown),
                ])
            } else {
                explain(server.address, keys: keys)
            }
            if isatty(STDIN_FILENO) == 1, Terminal.isInteractive {
                Terminal.say("serving on \(server.address) (stop with Ctrl-C)")
                await server.waitForSignal()
            }
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    /// Makes the tenants that are missing and imports what they lack.
    private func prepare(_ server: RunningServer) async throws {
        let session = try CommandSession.within(server)
        for tenant in documents.tenants {
            if try server.appliance.database.tenant(named: tenant.name) == nil {
                _ = try await session.call(
                    "POST", "/v1/admin/tenants", body: ["name": .string(tenant.name)], as: .operatorOfBox)
            }
            guard let record = try server.appliance.database.tenant(named: tenant.name) else {
                throw CommandFailure("tenant \(tenant.name) was made but cannot be found")
            }
            let answer = try await session.call("GET", "/v1/collections", as: .user(record, .search))
            let entry = answer["collections"]?.arrayValue?.first
            if entry?["documents"]?.integerValue ?? 0 > 0, entry?["waiting"]?.integerValue ?? 0 == 0 { continue }
            Terminal.say("importing the documents of \(tenant.title)")
            let importer = BulkImporter(session: session, tenant: record, collection: "documents", passages: nil)
            let report = try await importer.run([tenant.folder], waits: true)
            for line in report.lines { Terminal.say("  " + line) }
        }
    }

    /// One search through MCP, as an agent makes it.
    private func ask(
        _ tenant: DemoDocuments.Tenant, key: String, on folder: DataFolder
    ) async throws -> JSONValue {
        let client = HTTPClient(socket: folder.socket, timeout: .seconds(30))
        let body = MCPSearchCall.body(query: tenant.query, limit: 3)
        let pool = ThreadPool(threads: 1, queueLimit: 1)
        defer { pool.close() }
        let reply = try await pool.run {
            try client.send(
                method: "POST", target: "/mcp", headers: MCPSearchCall.headers + [("Authorization", "Bearer \(key)")],
                body: body)
        }
        let answer = (try? JSONValue(parsing: reply.body)) ?? .null
        guard let result = answer["result"]?["structuredContent"] else {
            throw CommandFailure(
                "the search failed: \(answer["error"]?["message"]?.stringValue ?? "status \(reply.status)")")
        }
        return result
    }

    private func explain(_ address: String, keys: [String: String]) {
        guard let first = documents.tenants.first, let key = keys[first.name] else { return }
        Terminal.output("")
        Terminal.output(Terminal.bold("Search page, one link per tenant (whoever has the link has the key):"))
        for tenant in documents.tenants {
            Terminal.output("  \(tenant.name): \(address)/#key=\(keys[tenant.name] ?? "")")
        }
        Terminal.output(Terminal.bold("MCP endpoint: \(address)/mcp"))
        Terminal.output("Keys: behind #key=, good for 30 days, also in \(configuration.dataFolder)/demo.env")
        Terminal.output("Try it:")
        let query = String(decoding: JSONValue.string(first.query).encoded(), as: UTF8.self)
        Terminal.output(
            """
              curl -s \(address)/v1/search -H 'Authorization: Bearer \(key)' \\
                -H 'Content-Type: application/json' -d '{"query": \(query.replacingSingleQuotes), "limit": 3}'
            """)
    }
}

extension String {
    /// Safe between single quotes of a shell.
    fileprivate var replacingSingleQuotes: String {
        split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
    }
}

/// `tools/call` of `hybrid_search` on the current revision's wire.
enum MCPSearchCall {
    static let headers = [
        ("Content-Type", "application/json"), ("Accept", "application/json, text/event-stream"),
        ("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "hybrid_search"),
    ]

    static func body(query: String, limit: Int) -> [UInt8] {
        let call: JSONValue = [
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": [
                "name": "hybrid_search", "arguments": ["query": .string(query), "limit": .integer(Int64(limit))],
                "_meta": [
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": [:],
                    "io.modelcontextprotocol/clientInfo": [
                        "name": "carrel demo", "version": .string(CommandLineTool.version),
                    ],
                ],
            ],
        ]
        return call.encoded()
    }
}
