import Access
import Glibc
import TenantStore

extension Command {
    static let stdio = Command(
        "stdio", summary: "Speak MCP on standard input and output, passed on to a running server",
        options: [
            CommandOption("--url", "URL", "the server (CARREL_URL; default: the one that runs on the data folder)"),
            CommandOption(
                "--token-file", "FILE", "a file, mode 0600, that holds the key or token (or CARREL_TOKEN)",
                kind: .file),
            CommandOption("--cacert", "FILE", "PEM certificate to trust, for a self-signed one", kind: .file),
            CommandOption("--plain-http", "send the key over plain HTTP to another machine"),
            .data, .tenant,
            CommandOption(
                "--scope", "LIST", "without a key: what may be done, search or search,write (default search)"),
        ],
        run: runStdio)

    @Sendable private static func runStdio(_ arguments: CommandArguments) async throws {
        _ = try arguments.operands()
        let given = try StdioCredential.given(arguments)
        let pool = ThreadPool(threads: 1, queueLimit: 1)
        defer { pool.close() }
        guard let url = arguments["--url"] ?? CommandEnvironment.variable("CARREL_URL") else {
            for option in ["--cacert"] where arguments[option] != nil {
                throw UsageError(message: "option \(option) goes with --url")
            }
            let configuration = try CommandEnvironment.configuration(arguments)
            guard access(configuration.dataFolder, F_OK) == 0 else {
                throw CommandFailure(
                    "\(configuration.dataFolder) is not there: name the data folder with --data, or the server with --url"
                )
            }
            let files = try CredentialFiles(arguments)
            let minting = try given == nil ? StdioCredential(files, arguments) : nil
            let folder = files.folder
            return try await pool.run {
                let endpoint = RelayEndpoint(socket: folder.socket, folder: folder.root)
                var minting = minting
                try StdioRelay(endpoint) { try given ?? minting?.token() ?? "" }.run()
            }
        }
        guard let given else {
            throw UsageError(
                message: "a key is needed: put it into CARREL_TOKEN or a file named with --token-file "
                    + "(whoever runs the server makes one: carrel apikey create)")
        }
        let endpoint = try RelayEndpoint(
            url, authorities: arguments["--cacert"], allowsPlain: arguments.has("--plain-http"))
        try await pool.run { try StdioRelay(endpoint) { given }.run() }
    }
}

/// The credential of the bridge: given by its user, or made from the data folder's keys.
private struct StdioCredential {
    private static let life = Duration.seconds(600)

    private let keys: KeyRing
    private let tenant: TenantIdentity
    private let scopes: ScopeSet
    private var current: (token: String, renewAt: ContinuousClock.Instant)?

    /// For the tenant that the arguments mean.
    init(_ files: CredentialFiles, _ arguments: CommandArguments) throws {
        scopes = try arguments.tenantScopes()
        keys = files.keys
        let record = try files.tenant(arguments)
        tenant = try TenantIdentity(name: TenantName(record.name), uid: record.uid)
    }

    /// A token that is good for some minutes more.
    mutating func token() throws -> String {
        if let current, current.renewAt > .now { return current.token }
        let claims = keys.makeClaims(
            tenant: tenant, userID: "cli", scopes: scopes, ttl: Self.life, now: Timestamp.now.seconds)
        let token = try keys.issue(claims)
        current = (token, .now + Self.life / 2)
        return token
    }

    /// From the file named, else from `CARREL_TOKEN`.
    static func given(_ arguments: CommandArguments) throws -> String? {
        guard let path = arguments["--token-file"] else {
            return try CommandEnvironment.variable("CARREL_TOKEN").map { try checked($0, from: "CARREL_TOKEN") }
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw CommandFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw CommandFailure("\(path): others can reach this key; run: chmod 600 \(path)")
        }
        var reader = try FileLineReader(path, limit: 64 << 10)
        guard case .text(let line)? = try reader.next() else { throw CommandFailure("\(path) holds no key") }
        return try checked(String(decoding: line, as: UTF8.self), from: path)
    }

    /// A credential goes into a header field as it is.
    private static func checked(_ text: String, from source: String) throws(CommandFailure) -> String {
        guard (1...16_384).contains(text.utf8.count), text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw CommandFailure("\(source) holds no key or token: one word is expected")
        }
        return text
    }
}
