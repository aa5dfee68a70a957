import Access
import Glibc
import HTTPServer
import JSON
import TenantStore

/// A command's way to the appliance: in this process when nobody holds the data folder, else through the socket of
/// the server that does.
///
/// Either way the same routes and the same gate, with a token made for each call.
final class CommandSession: Sendable {
    private enum Link: Sendable {
        case inProcess(SearchAppliance, FolderLock)
        /// Of a server in this process, which closes what it opened.
        case within(RunningServer)
        case server(HTTPClient, ThreadPool)
    }

    let folder: DataFolder
    let keys: KeyRing
    let database: ApplianceDatabase
    private let link: Link

    /// How long a command waits for the socket of whoever holds the folder.
    static let patience = Duration.seconds(5)
    /// Age of a token made for one call.
    private static let tokenLife = Duration.seconds(60)

    private init(folder: DataFolder, keys: KeyRing, database: ApplianceDatabase, link: Link) {
        self.folder = folder
        self.keys = keys
        self.database = database
        self.link = link
    }

    /// Opens the data folder that the arguments name.
    /// - Parameters:
    ///   - command: What to write into the lock.
    ///   - embeds: Whether waiting passages are embedded while the command holds the folder.
    ///   - dataFolder: The folder of a command that takes no `--data`.
    static func open(
        _ arguments: CommandArguments, command: String, embeds: Bool = true, dataFolder: String? = nil
    ) async throws -> CommandSession {
        let configuration = try CommandEnvironment.configuration(arguments, dataFolder: dataFolder)
        try CommandEnvironment.becomeOwner(of: configuration.dataFolder)
        let folder = try DataFolder(configuration.dataFolder)
        guard let lock = try await takeLock(folder, command: command) else {
            return CommandSession(
                folder: folder, keys: try KeyRing.open(folder.signingKeys), database: try openDatabase(folder),
                link: .server(
                    HTTPClient(socket: folder.socket),
                    ThreadPool(threads: 8, queueLimit: 64)))
        }
        var quiet = configuration
        quiet.logLevel = max(quiet.logLevel, .error)
        let appliance = try await SearchAppliance.open(quiet, folder: folder, embeds: embeds)
        return CommandSession(
            folder: folder, keys: try KeyRing.open(folder.signingKeys), database: try openDatabase(folder),
            link: .inProcess(appliance, lock))
    }

    /// For calls of the demo to its own server.
    static func within(_ server: RunningServer) throws -> CommandSession {
        CommandSession(
            folder: server.appliance.folder, keys: server.appliance.keys, database: server.appliance.database,
            link: .within(server))
    }

    private static func openDatabase(_ folder: DataFolder) throws -> ApplianceDatabase {
        try ApplianceDatabase.open(folder.applianceDatabase, auditHash: AuditChain.hash)
    }

    /// The folder's lock, or `nil` when a server that holds it answers on its socket.
    ///
    /// Another command may hold it for a moment, so both are tried until ``patience`` ends.
    private static func takeLock(_ folder: DataFolder, command: String) async throws -> FolderLock? {
        let client = HTTPClient(socket: folder.socket, timeout: .seconds(2))
        let deadline = ContinuousClock.now + patience
        while true {
            let (lock, holder) = try FolderLock.take(folder, command: command)
            if let lock { return lock }
            if let reply = try? client.send(method: "GET", target: "/health/live", headers: [], body: []),
                reply.status == 200
            {
                return nil
            }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure(
                    "\(folder.root) is held by \(holder), which does not answer on its socket; wait for it or stop it")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Whether a server elsewhere does the work.
    var isRemote: Bool {
        if case .server = link { return true }
        return false
    }

    /// The process that answers; nil for this one, and where the holder of the folder does not say.
    var serverProcess: Int32? {
        guard isRemote, var lines = try? FileLineReader(folder.lockFile), case .text(let line)? = try? lines.next()
        else { return nil }
        // `serve (process 4711)`
        return String(decoding: line, as: UTF8.self).split(separator: " ").last.flatMap { Int32($0.dropLast()) }
    }

    /// Finishes the work and lets go of the folder.
    func close() async {
        switch link {
        case .inProcess(let appliance, let lock):
            await appliance.close()
            withExtendedLifetime(lock) {}
        case .within:
            break
        case .server(_, let pool):
            pool.close()
        }
    }

    // MARK: Calls

    /// Who a call is made as.
    enum Caller: Sendable {
        case operatorOfBox
        case user(TenantRecord, ScopeSet)
    }

    /// One call; the answer whatever its status.
    func exchange(
        _ method: String, _ target: String, body: [UInt8] = [], type: String = "application/json",
        ifMatch tag: String? = nil,
        as caller: Caller
    )
        async throws -> HTTPClient.Reply
    {
        let headers =
            [
                ("Authorization", "Bearer " + (try token(for: caller))), ("Content-Type", type),
                ("Accept", "application/json"),
            ] + (tag.map { [("If-Match", $0)] } ?? [])
        switch link {
        case .server(let client, let pool):
            return try await pool.run {
                try client.send(method: method, target: target, headers: headers, body: body)
            }
        case .inProcess(let appliance, _):
            return try await Self.exchange(appliance, method, target, headers, body)
        case .within(let server):
            return try await Self.exchange(server.appliance, method, target, headers, body)
        }
    }

    private static func exchange(
        _ appliance: SearchAppliance, _ method: String, _ target: String, _ headers: [(String, String)], _ body: [UInt8]
    ) async throws -> HTTPClient.Reply {
        var fields = HTTPHeaders()
        for (name, value) in headers + [("Host", "localhost")] {
            fields.add(name, value)
        }
        let response = await appliance.handle(
            HTTPRequest(method: method, target: target, headers: fields, body: RequestBody(body), peer: .unixSocket))
        return HTTPClient.Reply(status: response.status, body: try await response.collected())
    }

    /// One call that must succeed; its JSON.
    /// - Parameter tag: What is changed must still be this version.
    /// - Throws: ``CommandFailure`` with the answer's own words otherwise.
    func call(
        _ method: String, _ target: String, body: JSONValue? = nil, ifMatch tag: String? = nil, as caller: Caller
    ) async throws -> JSONValue {
        let reply = try await exchange(method, target, body: body?.encoded() ?? [], ifMatch: tag, as: caller)
        let value = reply.body.isEmpty ? JSONValue.null : (try? JSONValue(parsing: reply.body)) ?? .null
        guard (200..<300).contains(reply.status) else {
            throw CommandFailure(
                value["detail"]?.stringValue ?? value["title"]?.stringValue ?? "HTTP status \(reply.status)",
                status: reply.status)
        }
        return value
    }

    private func token(for caller: Caller) throws -> String {
        let claims =
            switch caller {
            case .operatorOfBox:
                keys.makeClaims(
                    tenant: nil, userID: "cli", scopes: .operator, ttl: Self.tokenLife, now: Timestamp.now.seconds)
            case .user(let tenant, let scopes):
                keys.makeClaims(
                    tenant: try TenantIdentity(name: TenantName(tenant.name), uid: tenant.uid), userID: "cli",
                    scopes: scopes,
                    ttl: Self.tokenLife, now: Timestamp.now.seconds)
            }
        return try keys.issue(claims)
    }

    // MARK: Tenants

    /// The tenant a command means: `--tenant`, else `CARREL_TENANT`, else the only one, else `default`, made and said so.
    func tenant(_ arguments: CommandArguments) async throws -> TenantRecord {
        if let name = arguments["--tenant"] ?? CommandEnvironment.variable("CARREL_TENANT") {
            guard let record = try database.tenant(named: name) else {
                let known = try database.tenants().map(\.name)
                throw CommandFailure(
                    "there is no tenant \(name); "
                        + (known.isEmpty
                            ? "make it with: carrel tenant create \(name)"
                            : "there are: \(known.joined(separator: ", "))"))
            }
            return record
        }
        let tenants = try database.tenants()
        if tenants.count > 1 {
            throw CommandFailure("say which tenant with --tenant: \(tenants.map(\.name).joined(separator: ", "))")
        }
        if let only = tenants.first { return only }
        _ = try await call("POST", "/v1/admin/tenants", body: ["name": "default"], as: .operatorOfBox)
        Terminal.say("made tenant default")
        guard let made = try database.tenant(named: "default") else {
            throw CommandFailure("tenant default was made but cannot be found")
        }
        return made
    }
}

/// What commands take from their environment.
enum CommandEnvironment {
    static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Every `CARREL_*` variable.
    static var variables: [String: String] {
        var found: [String: String] = [:]
        for setting in Configuration.settings {
            found[setting.variable] = variable(setting.variable)
        }
        return found
    }

    /// The configuration of the data folder that the arguments name, flags last.
    static func configuration(_ arguments: CommandArguments, dataFolder: String? = nil) throws -> Configuration {
        var flags: [(key: String, value: String)] = []
        for setting in Configuration.settings {
            let values = arguments.all(setting.commandFlag)
            if !values.isEmpty {
                // Only a setting that is a list has several.
                flags.append((setting.key, values.joined(separator: ",")))
            } else if arguments.has(setting.commandFlag) {
                flags.append((setting.key, "true"))
            }
        }
        return try Configuration.load(
            dataFolder: arguments["--data"] ?? dataFolder ?? variable("CARREL_DATA") ?? "carrel-data",
            file: arguments["--config"], environment: variables, flags: flags)
    }

    /// Run as root, a command first becomes the owner of the data folder, so that it leaves no files behind that the
    /// server cannot open.
    static func becomeOwner(of path: String) throws(CommandFailure) {
        var status = stat()
        guard geteuid() == 0, stat(path, &status) == 0, status.st_uid != 0 else { return }
        guard setgroups(0, nil) == 0, setgid(status.st_gid) == 0, setuid(status.st_uid) == 0 else {
            throw CommandFailure("cannot become the owner of \(path) (user \(status.st_uid))")
        }
    }
}

extension HTTPResponse {
    /// The whole body, streamed or not.
    func collected() async throws -> [UInt8] {
        switch body {
        case .bytes(let bytes):
            return bytes
        case .stream(let produce):
            let sink = CollectingBodyWriter()
            try await produce(sink)
            return sink.bytes
        }
    }
}
