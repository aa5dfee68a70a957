import Access
import Appliance
import HTTPServer
import JSON
import Synchronization
import TenantStore
import TestKit

/// A real appliance on a folder of its own, answered in memory, with two tenants.
final class DoorHarness: Sendable {
    let directory: TemporaryDirectory
    let appliance: SearchAppliance
    let lines: Lines

    /// What was logged.
    final class Lines: Sendable {
        private let text = Mutex("")
        var all: String { text.withLock { $0 } }
        func add(_ line: [UInt8]) { text.withLock { $0 += String(decoding: line, as: UTF8.self) } }
    }

    /// An answer whose body is whole.
    struct Answer {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
    }

    init(_ change: (inout Configuration) -> Void = { _ in }) throws {
        directory = try TemporaryDirectory()
        var configuration = Configuration()
        configuration.dataFolder = directory.path + "/data"
        change(&configuration)
        let lines = Lines()
        self.lines = lines
        appliance = try SearchAppliance(
            configuration, folder: KeyedFolder.open(configuration.dataFolder), embedder: nil,
            log: Log(minimumLevel: .debug) { lines.add($0) })
    }

    /// Runs a test body with a harness, and closes it behind it.
    static func run(
        _ change: (inout Configuration) -> Void = { _ in }, _ body: (DoorHarness) async throws -> Void
    ) async throws {
        let harness = try DoorHarness(change)
        do {
            try await body(harness)
        } catch {
            await harness.appliance.close()
            throw error
        }
        await harness.appliance.close()
    }

    @discardableResult
    func makeTenant(_ name: String) async throws -> TenantRecord {
        try await appliance.tenants.create(TenantName(name), tier: .local)
    }

    /// A tenant whose bucket does not fill while a test runs, however slow the machine is.
    func makeTenant(_ name: String, callsWithoutRefill burst: Double) async throws -> TenantRecord {
        try await appliance.tenants.create(TenantName(name), tier: .free, ratePerMinute: 0.001, burst: burst)
    }

    func token(
        _ tenant: TenantRecord?, scopes: ScopeSet = [.search, .write], user: String = "ann",
        ttl: Duration = .seconds(600),
        issuedAt: Int64? = nil
    ) throws -> String {
        try appliance.keys.issue(claims(tenant, scopes: scopes, user: user, ttl: ttl, issuedAt: issuedAt))
    }

    func claims(
        _ tenant: TenantRecord?, scopes: ScopeSet = [.search, .write], user: String = "ann",
        ttl: Duration = .seconds(600),
        issuedAt: Int64? = nil
    ) throws -> TokenClaims {
        let identity = try tenant.map { TenantIdentity(name: try TenantName($0.name), uid: $0.uid) }
        return appliance.keys.makeClaims(
            tenant: identity, userID: user, scopes: identity == nil ? .operator : scopes, ttl: ttl,
            now: issuedAt ?? Timestamp.now.seconds)
    }

    func send(
        _ method: String, _ target: String, token: String? = nil, body: String = "", headers: [(String, String)] = [],
        peer: PeerAddress = .ip("127.0.0.1")
    ) async throws -> Answer {
        var fields: HTTPHeaders = ["Host": "127.0.0.1:8080"]
        if let token { fields.add("Authorization", "Bearer \(token)") }
        if !body.isEmpty { fields.add("Content-Type", "application/json") }
        for (name, value) in headers { fields.set(name, value) }
        let response = await appliance.handle(
            HTTPRequest(
                method: method, target: target, headers: fields, body: RequestBody(Array(body.utf8)), peer: peer))
        var bytes: [UInt8]
        switch response.body {
        case .bytes(let whole): bytes = whole
        case .stream(let produce):
            let sink = Sink()
            try await produce(sink)
            bytes = sink.bytes
        }
        if [202, 204].contains(response.status) { bytes = [] }
        return Answer(status: response.status, headers: response.headers, body: bytes)
    }

    private final class Sink: BodyWriter {
        private let storage = Mutex<[UInt8]>([])
        var bytes: [UInt8] { storage.withLock { $0 } }
        func write(_ bytes: [UInt8]) async throws { storage.withLock { $0 += bytes } }
    }

    // MARK: MCP

    enum Era { case modern, legacy }

    /// One JSON-RPC call in the form of its era.
    func call(
        _ method: String, _ parameters: JSONObject = [:], token: String?, era: Era = .modern
    ) async throws -> Answer {
        var parameters = parameters
        var headers = [("Accept", "application/json, text/event-stream")]
        switch era {
        case .modern:
            parameters["_meta"] = [
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": [:],
            ]
            headers += [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", method)]
            if let name = (parameters["name"] ?? parameters["uri"] ?? parameters["taskId"])?.stringValue {
                headers.append(("Mcp-Name", name))
            }
        case .legacy: headers.append(("MCP-Protocol-Version", "2025-11-25"))
        }
        let message: JSONObject = ["jsonrpc": "2.0", "id": 7, "method": .string(method), "params": .object(parameters)]
        return try await send(
            "POST", "/mcp", token: token, body: String(decoding: message.encoded(), as: UTF8.self), headers: headers)
    }

    func tool(
        _ name: String, _ arguments: JSONObject, token: String?, era: Era = .modern
    ) async throws -> Answer {
        try await call("tools/call", ["name": .string(name), "arguments": .object(arguments)], token: token, era: era)
    }
}
